import { CannotAskError } from "../../config/errors";
import { ClusterName, LabConfig } from "../../config/labConfig";
import { policyName } from "../../lab/networkPolicy";
import { differences, liveSide } from "../../lab/sides";
import { Answer, Side, whoAnswers } from "../../lab/whoAnswers";
import { Time } from "../../machine/poll";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { driftLine, findDrift } from "../drift/drift";
import { isReady } from "../readiness/podTrouble";
import { clientResult } from "./clientResult";
import { parseOutcomes, requestScript, requestsNeeded } from "./requests";
import { ClientResult, Verification } from "./result";

const namespace = "default";

/** What to verify. */
export interface VerifyArgs {
    readonly stack: string;
    readonly config: LabConfig;
    /** API servers by cluster, in the order of the config's clusters. */
    readonly apis: readonly { readonly cluster: ClusterName; readonly api: ClusterApi }[];
    /** Longest wait for requests and rule to agree, in milliseconds. */
    readonly withinMs: number;
    readonly time: Time;
    /** Why asking again cannot help, if something says so; undefined: it may. */
    readonly whyHopeless?: () => Promise<string | undefined>;
}

/** Pause between two rounds of requests, in milliseconds. */
const pauseMs = 200;

/**
 * Sends real requests from an x-wing pod of every cluster until they agree with the rule for the live
 * objects, or the time is up. Every round reads the objects anew, so changes made by hand count.
 *
 * @throws CannotAskError if no requests could be sent until the time was up; it names what is not as the stack
 *     made it.
 */
export async function verify(args: VerifyArgs): Promise<Verification> {
    const { time, withinMs } = args;
    const start = time.now();
    // An API server that cannot tell what it has cannot be asked to ask either.
    const drifting = findDrift(args.config, args.apis).then(
        (drifts) => drifts.filter(({ about }) => about !== "setting").map(driftLine),
        () => [],
    );
    for (let rounds = 1; ; rounds++) {
        const isLast = () => time.now() - start >= withinMs;
        try {
            const round = await ask(args);
            if (round.agrees || isLast()) {
                const seconds = (time.now() - start) / 1000;
                const at = new Date(time.now()).toISOString();
                return { ...round, drift: await drifting, seconds, rounds, at };
            }
        } catch (error) {
            const hopeless = await args.whyHopeless?.();
            if (hopeless !== undefined) {
                throw new CannotAskError(hopeless);
            }
            if (isLast()) {
                const [reason = ""] = (error as Error).message.split("\n");
                throw new CannotAskError([reason, ...(await drifting)].join("\n"));
            }
        }
        await time.sleep(pauseMs);
    }
}

type Round = Omit<Verification, "at" | "drift" | "seconds" | "rounds">;

/** One round: what the live objects say, what must follow, what the requests get. */
export async function ask({ stack, config, apis }: VerifyArgs): Promise<Round> {
    const sides = await Promise.all(apis.map(({ cluster, api }) => readSide(cluster, api)));
    const expected = whoAnswers(sides, config.cilium.version);
    const requests = requestsNeeded(sides.map(({ backends }) => backends));
    const clients = await Promise.all(
        apis.map(({ api }, index) => askFrom(api, expected[index]!, sides, requests)),
    );
    return {
        stack,
        ciliumVersion: config.cilium.version,
        sides,
        differences: differences(config, sides),
        clients,
        agrees: clients.every(({ agrees }) => agrees),
    };
}

async function readSide(cluster: string, api: ClusterApi): Promise<Side> {
    const [service, deployment, policy] = await Promise.all([
        api.service(namespace, "rebel-base"),
        api.deployment(namespace, "rebel-base"),
        api.networkPolicy(namespace, policyName),
    ]);
    return liveSide(cluster, service, deployment, policy);
}

/**
 * Sends one client's requests and holds the answers against what is expected of them.
 *
 * @throws CannotAskError if there is no x-wing that could ask.
 */
export async function askFrom(
    api: ClusterApi,
    expected: Answer,
    sides: readonly Side[],
    requests: number,
): Promise<ClientResult> {
    const pods = await api.pods(namespace, "name=x-wing");
    const pod = pods.find(isReady)?.metadata?.name;
    if (pod === undefined) {
        throw new CannotAskError(`no x-wing pod is ready in ${expected.client}`);
    }
    const command = ["sh", "-c", requestScript(requests)];
    const { stdout, stderr } = await api.exec(namespace, pod, "x-wing", command);
    if (stdout.trim() === "") {
        const reason = stderr.trim() === "" ? "no output" : stderr.trim();
        throw new CannotAskError(`${pod} in ${expected.client} sent no requests: ${reason}`);
    }
    const outcomes = parseOutcomes(stdout, requests);
    return clientResult(
        expected,
        pod,
        outcomes,
        sides.map(({ cluster }) => cluster),
    );
}
