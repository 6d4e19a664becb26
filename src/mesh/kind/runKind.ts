import { rmSync } from "node:fs";
import { join } from "node:path";
import { engineProgram } from "../../machine/engine";
import { writeWhole } from "../../machine/files";
import { nodeImageHere } from "../../machine/imageCache";
import { Machine } from "../../machine/machine";
import { kubeconfigPath, stackFolder } from "../../machine/names";
import { RunResult, isSignal } from "../../machine/run";
import { recordStep } from "../../machine/timeline";
import { ClusterOrder, clusterIdentity, fixedPart, kindConfigYaml } from "./kindConfig";
import { kindReason } from "./kindReason";
import { withNetwork } from "./network";
import { observe } from "./observation";
import { recordPath, removeRecord, writeRecord } from "./record";

/** File with all that a kind which failed has said of a cluster. */
export function kindLogPath(stack: string, cluster: string): string {
    return join(stackFolder(stack), `${cluster}.kind.log`);
}

/**
 * Has kind make a cluster, with a record of it from before its first step on.
 *
 * @param onNode Called once as soon as there is a node.
 * @throws Error with kind's reason, if it fails.
 */
export async function runKindCreate(
    order: ClusterOrder,
    machine: Machine,
    onNode: () => void,
): Promise<void> {
    const { stack, cluster, spec } = order;
    const kind = await machine.kind();
    const path = recordPath(stack, cluster);
    const record = {
        token: spec.token,
        identity: clusterIdentity(spec),
        made: fixedPart(spec),
        phase: "creating",
    } as const;
    writeRecord(path, record);
    rmSync(kindLogPath(stack, cluster), { force: true });
    machine.say(`${spec.name}: creating the kind cluster`);
    const nodeImage = await nodeImageHere(spec.nodeImage, machine.run);
    const onStep = stepListener(order, machine, onNode);
    const result = await withNetwork(machine, () =>
        machine.run(kind, kindArgs(order), {
            input: kindConfigYaml(spec, nodeImage),
            onStart: (pid) => writeRecord(path, { ...record, pid }),
            onStderrLine: onStep,
        }),
    );
    if (result.code !== 0) {
        throw await kindFailure(order, result, machine);
    }
}

function kindArgs({ stack, cluster, spec }: ClusterOrder): string[] {
    const file = kubeconfigPath(stack, cluster);
    return ["create", "cluster", "--name", spec.name, "--config", "-", "--kubeconfig", file];
}

/**
 * What to throw of a kind that failed. It takes its nodes away when it fails; with none left, the name is anybody's
 * again. A kind that was killed may leave a node that is still being made.
 */
async function kindFailure(
    { stack, cluster, spec }: ClusterOrder,
    { code, stderr }: RunResult,
    machine: Machine,
): Promise<Error> {
    const left = await observe(spec.name, machine.run).catch(() => ({ found: true }));
    if (!left.found && !isSignal(code)) {
        removeRecord(recordPath(stack, cluster));
    }
    const log = kindLogPath(stack, cluster);
    const { reason, fix } = kindReason(stderr, engineProgram());
    const sentences = [
        `kind could not create ${spec.name} (exit code ${code}): ${reason}.`,
        ...(fix === undefined ? [] : [`Fix: ${fix}.`]),
        ...(keepLog(log, stderr) ? [`All that kind said: ${log}`] : []),
    ];
    return new Error(sentences.join(" "));
}

/** Whether the file could be written: on a full disk, the reason counts more. */
function keepLog(path: string, text: string): boolean {
    try {
        writeWhole(path, text);
        return true;
    } catch {
        return false;
    }
}

/** Hears what kind says: tells the user of its steps, records them, and notices when there is a node. */
function stepListener(
    { cluster, spec }: ClusterOrder,
    machine: Machine,
    onNode: () => void,
): (line: string) => void {
    const recordKindStep = kindSteps(cluster);
    return (line) => {
        recordKindStep(line);
        sayStep(spec.name, line, machine);
        if (isDone(line) && line.includes("Preparing nodes")) {
            onNode();
        }
    };
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
