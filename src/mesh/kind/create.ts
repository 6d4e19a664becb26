import { nodeImageHere } from "../../machine/imageCache";
import { Machine } from "../../machine/machine";
import { kubeconfigPath } from "../../machine/names";
import { isSignal, lastLine } from "../../machine/run";
import { timed, recordStep } from "../../machine/timeline";
import { imageReferences } from "../cilium/images";
import { clusterIdentity, kindConfigYaml, ClusterOrder, fixedPart } from "./kindConfig";
import { exportKubeconfig } from "./kubeconfigs";
import { hasHelmRelease, isFinished, stopLeftoverKind } from "./leftover";
import { loadImages } from "./loadImages";
import { withNetwork } from "./network";
import { observe, observeOwn } from "./observation";
import { recordPath, removeRecord, writeRecord } from "./record";
import { removeCluster } from "./remove";

/**
 * Makes the cluster that is ordered and returns its kubeconfig. An untouched leftover of an interrupted
 * creation is adopted; one that is broken, half made, or already has a Helm release that Pulumi's state does
 * not know, is replaced.
 *
 * @throws Error if kind fails, or if the name is taken by a cluster this checkout did not make.
 */
export async function createCluster(order: ClusterOrder, machine: Machine): Promise<string> {
    await stopLeftoverKind(order, machine);
    const found = await observeOwn(order, machine);
    if (found && (await isFinished(order, machine)) && !(await hasHelmRelease(order, machine))) {
        machine.say(`${order.spec.name}: adopting the cluster that is already there`);
        await provideImages(order, machine);
    } else {
        if (found) {
            machine.say(`${order.spec.name}: replacing what an interrupted run left behind`);
            await removeCluster(order, machine);
        }
        await runKindCreate(order, machine);
    }
    return finish(order, machine);
}

/**
 * Brings the images, the record and the kubeconfig of a cluster that exists in line; makes it if it does not.
 *
 * @throws Error as {@link createCluster}.
 */
export async function updateCluster(order: ClusterOrder, machine: Machine): Promise<string> {
    const found = await observeOwn(order, machine);
    if (!found) {
        return createCluster(order, machine);
    }
    await provideImages(order, machine);
    return finish(order, machine);
}

/** Loads the images that the node lacks. */
function provideImages({ cluster, spec, images }: ClusterOrder, machine: Machine): Promise<void> {
    return images === undefined
        ? Promise.resolve()
        : loadImages({ cluster, name: spec.name }, imageReferences(images), machine);
}

/** Has kind make the cluster, and loads the images that its node lacks as soon as there is a node. */
async function runKindCreate(order: ClusterOrder, machine: Machine): Promise<void> {
    const { stack, cluster, spec } = order;
    const kind = await machine.kind();
    const record = {
        token: spec.token,
        identity: clusterIdentity(spec),
        made: fixedPart(spec),
        phase: "creating",
    } as const;
    const path = recordPath(stack, cluster);
    writeRecord(path, record);
    const recordKindStep = kindSteps(cluster);
    let loading: Promise<void> | undefined;
    const load = () => (loading ??= provideImages(order, machine));
    machine.say(`${spec.name}: creating the kind cluster`);
    const file = kubeconfigPath(stack, cluster);
    const nodeImage = await nodeImageHere(spec.nodeImage, machine.run);
    const { code, stderr } = await withNetwork(machine, () =>
        machine.run(
            kind,
            ["create", "cluster", "--name", spec.name, "--config", "-", "--kubeconfig", file],
            {
                input: kindConfigYaml(spec, nodeImage),
                onStart: (pid) => writeRecord(path, { ...record, pid }),
                onStderrLine: (line) => {
                    recordKindStep(line);
                    sayStep(spec.name, line, machine);
                    if (isDone(line) && line.includes("Preparing nodes")) {
                        // Awaited below, unless kind fails.
                        load().catch(() => undefined);
                    }
                },
            },
        ),
    );
    if (code !== 0) {
        // kind takes its nodes away when it fails; with none left, the name is anybody's again. A kind that was
        // killed may leave a node that is still being made.
        const left = await observe(spec.name, machine.run).catch(() => ({ found: true }));
        if (!left.found && !isSignal(code)) {
            removeRecord(path);
        }
        const reason = stderr.split("\n").find((line) => line.startsWith("ERROR"));
        throw new Error(
            `kind could not create ${spec.name} (exit code ${code}): ${reason ?? lastLine(stderr)}`,
        );
    }
    await load();
}

/** Records kind's steps from what kind says when it begins (\u2022) and ends (\u2713) one. */
function kindSteps(cluster: string): (line: string) => void {
    let start = Date.now();
    return (line) => {
        if (isDone(line)) {
            const detail = plain(line);
            recordStep({ name: "kind", cluster, detail, start, end: Date.now() });
        }
        start = Date.now();
    };
}

/** Whether kind says of a step that it is done. */
function isDone(line: string): boolean {
    return line.includes("\u2713");
}

/** What kind says, without its pictures. */
function plain(line: string): string {
    return line.replace(/[^\x20-\x7e]/g, "").trim();
}

/** Of what kind says, the steps that are done, warnings and errors, without its pictures. */
function sayStep(name: string, line: string, machine: Machine): void {
    const text = plain(line);
    if (isDone(line) || line.includes("\u2717")) {
        machine.say(`${name}: ${text}: ${isDone(line) ? "done" : "failed"}`);
    } else if (/^(ERROR|WARN)/.test(text)) {
        machine.say(`${name}: ${text}`);
    }
}

async function finish(order: ClusterOrder, machine: Machine): Promise<string> {
    const kubeconfig = await timed({ name: "kubeconfig", cluster: order.cluster }, () =>
        exportKubeconfig(order, machine),
    );
    writeRecord(recordPath(order.stack, order.cluster), {
        token: order.spec.token,
        identity: clusterIdentity(order.spec),
        made: fixedPart(order.spec),
        phase: "ready",
    });
    return kubeconfig;
}
