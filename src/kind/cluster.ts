import { existsSync, readFileSync, rmSync } from "node:fs";
import { ClusterName } from "../config/labConfig";
import { nodeImageHere } from "../images/cache";
import { loadImages } from "../images/loadImages";
import { imageReferences } from "../images/wantedImages";
import { kindClusterName, kubeconfigPath } from "../names";
import { isSignal, lastLine } from "../runner";
import { recordStep, timed } from "../timeline/record";
import { clusterIdentity, kindConfigYaml } from "./kindConfig";
import { apiServerOf, renameContext } from "./kubeconfig";
import { hasHelmRelease, isFinished, stopLeftoverKind } from "./leftover";
import { ClusterOrder, ClusterPlace, Machine } from "./machine";
import { withNetwork } from "./network";
import { Observation, isOurs, observe } from "./observation";
import { readRecord, recordPath, removeRecord, writeRecord, writeWhole } from "./record";
import { fixedPart } from "./replacement";

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

/**
 * Deletes the cluster with its record and kubeconfig. One that is gone already is fine; one of the same name
 * that this checkout did not make stays.
 *
 * @throws Error if the engine or kind fails.
 */
export async function deleteCluster(order: ClusterOrder, machine: Machine): Promise<void> {
    await stopLeftoverKind(order, machine);
    const observation = await observe(order.spec.name, machine.run);
    if (observation.found && !isOrdered(observation, order)) {
        machine.say(`${order.spec.name}: left alone, it was not made by this stack`);
        return;
    }
    await removeCluster(order, machine);
    removeRecord(recordPath(order.stack, order.cluster));
}

/**
 * Deletes a cluster that this checkout made without asking a state, e.g. because none knows it after an `up` that was
 * killed.
 *
 * @returns Whether there was one.
 * @throws Error if the engine or kind fails.
 */
export async function deleteLeftover(
    stack: string,
    cluster: ClusterName,
    machine: Machine,
): Promise<boolean> {
    const path = recordPath(stack, cluster);
    if (!existsSync(path)) {
        return false;
    }
    const place = { stack, cluster, spec: { name: kindClusterName(stack, cluster) } };
    await stopLeftoverKind(place, machine);
    const isLeftover = isOurs(await observe(place.spec.name, machine.run), readRecord(path));
    if (isLeftover) {
        machine.say(`deleting ${place.spec.name}`);
        await removeCluster(place, machine);
    }
    removeRecord(path);
    return isLeftover;
}

/** Kubeconfig of a running cluster as kind gives it, with the lab's names, also written to its file. */
export async function exportKubeconfig(order: ClusterPlace, machine: Machine): Promise<string> {
    const { code, stdout, stderr } = await machine.run(await machine.kind(), [
        "get",
        "kubeconfig",
        "--name",
        order.spec.name,
    ]);
    if (code !== 0) {
        throw new Error(`kind has no kubeconfig of ${order.spec.name}: ${lastLine(stderr)}`);
    }
    const kubeconfig = renameContext(stdout, order.cluster);
    writeWhole(kubeconfigPath(order.stack, order.cluster), kubeconfig);
    return kubeconfig;
}

function isOrdered(observation: Observation, order: ClusterOrder): boolean {
    return (
        (observation.found && observation.identity === clusterIdentity(order.spec)) ||
        isOurs(observation, readRecord(recordPath(order.stack, order.cluster)))
    );
}

async function observeOwn(order: ClusterOrder, machine: Machine): Promise<boolean> {
    const observation = await observe(order.spec.name, machine.run);
    if (observation.found && !isOrdered(observation, order)) {
        throw new Error(foreignCluster(order.spec.name));
    }
    return observation.found;
}

/** What to say of a cluster that has our name but is not ours. */
export function foreignCluster(name: string): string {
    return `a kind cluster ${name} exists that this stack did not make, and it stays untouched; if nobody needs it: kind delete cluster --name ${name}`;
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

async function removeCluster(order: ClusterPlace, machine: Machine): Promise<void> {
    const path = kubeconfigPath(order.stack, order.cluster);
    const { code, stderr } = await machine.run(await machine.kind(), [
        "delete",
        "cluster",
        "--name",
        order.spec.name,
        "--kubeconfig",
        path,
    ]);
    if (code !== 0) {
        throw new Error(`kind could not delete ${order.spec.name}: ${lastLine(stderr)}`);
    }
    rmSync(path, { force: true });
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

/**
 * Kubeconfig of a cluster: its file's content, or where that is lost, kind's, written anew.
 *
 * @throws Error if kind has none either.
 */
export async function ensureKubeconfig(
    stack: string,
    cluster: ClusterName,
    machine: Machine,
): Promise<string> {
    const spec = { name: kindClusterName(stack, cluster) };
    return (
        readKubeconfig(stack, cluster) ??
        (await exportKubeconfig({ stack, cluster, spec }, machine))
    );
}

/** The kubeconfig file's content, or undefined if there is no such file or it is damaged. */
export function readKubeconfig(stack: string, cluster: ClusterName): string | undefined {
    const path = kubeconfigPath(stack, cluster);
    const content = existsSync(path) ? readFileSync(path, "utf8") : "";
    return apiServerOf(content) === undefined ? undefined : content;
}
