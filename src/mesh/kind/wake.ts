import { ClusterName } from "../../config/labConfig";
import { ProblemsError, printable } from "../../config/problem";
import { askEngine, engineProgram } from "../../machine/engine";
import { newToken } from "../../machine/files";
import { Machine } from "../../machine/machine";
import { kindClusterName, nodeName } from "../../machine/names";
import { poll } from "../../machine/poll";
import { ApiAnswer, askApiServer } from "../kube/apiServer";
import { ensureKubeconfig, exportKubeconfig } from "./kubeconfigs";
import { askInNode } from "./leftover";
import { foreignCluster, Observation, isOurs } from "./observation";
import { ClusterRecord } from "./record";

/** Longest wait for the API server of a node that runs, e.g. just after Docker has restarted. */
const apiReadyWithinMs = 60_000;

/** Longest time without a word while it is waited for: a machine with too much to do takes its time. */
const patientMs = 10_000;

/** How a run treats the clusters that it finds. */
export interface WakeOptions {
    /** Whether nothing may be started. */
    readonly preview: boolean;
    /** Whether a cluster whose API server stays silent is an error instead of being recreated. */
    readonly keepSilent?: boolean;
}

/** What there is of a cluster before Pulumi plans. */
export type Judgement =
    /** Nothing that has to be woken: Pulumi makes the cluster, or goes on with it. */
    | { readonly next: "plan"; readonly token: string; readonly news?: string }
    /** It is ours and finished: it has to run and to answer. */
    | { readonly next: "wake"; readonly token: string; readonly state: string }
    | { readonly next: "refuse"; readonly message: string };

/** Judges what there is of a cluster. */
export function judgeCluster(
    name: string,
    observation: Observation,
    record: ClusterRecord | undefined,
): Judgement {
    if (!observation.found) {
        const news =
            record?.phase === "ready" ? `${name} has vanished; it is created again` : undefined;
        const token = record?.phase === "creating" ? record.token : newToken();
        return { next: "plan", token, news };
    }
    if (!record || !isOurs(observation, record)) {
        return { next: "refuse", message: foreignCluster(name) };
    }
    return record.phase === "creating"
        ? { next: "plan", token: record.token }
        : { next: "wake", token: record.token, state: observation.state };
}

/**
 * Starts what does not run, waits for the API server, and returns the token of the creation that the cluster shall
 * have: its own, or a new one, so that Pulumi replaces it, where its API server was asked and stayed silent. A lost
 * kubeconfig file is rewritten; a preview starts nothing.
 *
 * @throws ProblemsError if the node cannot be started or its API server cannot be asked; nothing is replaced then.
 */
export async function wakeCluster(
    place: { readonly stack: string; readonly cluster: ClusterName },
    { token, state }: Extract<Judgement, { next: "wake" }>,
    options: WakeOptions,
    machine: Machine,
): Promise<string> {
    const name = kindClusterName(place.stack, place.cluster);
    if (state !== "running") {
        machine.say(`${name} is ${state}`);
        if (options.preview) {
            return token;
        }
        await start(name, state, machine);
    }
    const answer = await answerOf(place, name, machine);
    if (answer.state === "ready") {
        return token;
    }
    if (answer.state !== "silent") {
        throw unusable(name, answer.reason);
    }
    const inNode = await askInNode(name, machine);
    if (inNode.state === "answers") {
        throw unusable(name, `it answers inside its node and not from here: ${answer.reason}`);
    }
    if (inNode.state === "unasked") {
        throw unusable(
            name,
            `${answer.reason}; inside its node it cannot be asked: ${inNode.reason}`,
        );
    }
    if (options.keepSilent) {
        throw unusable(name, answer.reason);
    }
    machine.say(
        `${name} runs, but its API server was silent for a minute (${answer.reason}); it is created again, with all that is in it. Ctrl-C keeps it as it is`,
    );
    return newToken();
}

/** @throws ProblemsError with the engine's reason, if it cannot start the node. */
async function start(name: string, state: string, machine: Machine): Promise<void> {
    const verb = state === "paused" ? "unpause" : "start";
    machine.say(`${name}: ${verb === "start" ? "starting" : "unpausing"} its node`);
    const { code, stderr } = await askEngine(machine.run, [verb, nodeName(name)]);
    if (code === 0) {
        return;
    }
    // The last line only repeats the node's name.
    const reason = stderr
        .trim()
        .split("\n")[0]!
        .replace(/^Error response from daemon: /, "");
    throw new ProblemsError([
        {
            message: `${engineProgram()} could not ${verb} ${nodeName(name)}: ${printable(reason)}.`,
            fix: `repair that; or give the cluster up, and the next up recreates it: ${giveUp(name)}`,
        },
    ]);
}

/**
 * What the API server says: at once, or within a minute. Before it counts as silent, it is asked with a kubeconfig
 * that is kind's own, because a file may be of another time.
 *
 * @throws Error if there is no kubeconfig to ask it with.
 */
async function answerOf(
    { stack, cluster }: { readonly stack: string; readonly cluster: ClusterName },
    name: string,
    machine: Machine,
): Promise<ApiAnswer> {
    const kept = await ensureKubeconfig(stack, cluster, machine);
    if ((await askApiServer(kept)).state === "ready") {
        return { state: "ready" };
    }
    machine.say(`${name}: waiting for its API server`);
    const answer = await waitFor(kept);
    if (answer.state === "ready") {
        return answer;
    }
    const fresh = await exportKubeconfig({ stack, cluster, spec: { name } }, machine);
    return fresh === kept ? answer : waitFor(fresh);
}

/** The first word of an API server that is ready; else the last that told something, and silence if none did. */
async function waitFor(kubeconfig: string): Promise<ApiAnswer> {
    let last: ApiAnswer | undefined;
    const ready = await poll(
        async () => {
            const answer = await askApiServer(kubeconfig, patientMs);
            last = answer.state === "silent" && last !== undefined ? last : answer;
            return answer.state === "ready" ? answer : undefined;
        },
        { withinMs: apiReadyWithinMs, everyMs: 500 },
    );
    return ready ?? last!;
}

function unusable(name: string, reason: string): ProblemsError {
    return new ProblemsError([
        {
            message: `${name} runs, but its API server cannot be used (${reason}).`,
            fix: `run the same command again; ${engineProgram()} logs ${nodeName(name)} tells more. To give the cluster up, so that the next up recreates it: ${giveUp(name)}`,
        },
    ]);
}

function giveUp(name: string): string {
    return `${engineProgram()} rm --force --volumes ${nodeName(name)}`;
}
