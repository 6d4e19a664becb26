import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ClusterName, LabConfig } from "../src/config/labConfig";
import { Machine } from "../src/machine/machine";
import { nodeName } from "../src/machine/names";
import { Time } from "../src/machine/poll";
import { Runner } from "../src/machine/run";
import { ClusterApi } from "../src/mesh/kube/clusterApi";
import { verify } from "../src/proof/verify/verify";
import { HandGuide, HandPlace, HandStep, handContext, handEnv, handKubeconfig } from "./byHand";
import { reasonOf } from "./ours";

/** A cluster by its name in the lab, and its API server. */
export interface ConnectedCluster {
    readonly cluster: ClusterName;
    readonly api: ClusterApi;
}

/** Longest time of a step by hand, and of the wait for both sides to answer, in milliseconds. */
const stepWithinMs = 900_000;

/** What a pair is made with. */
export interface HandTools {
    readonly machine: Machine;
    /** Runs what has to be done even after an interruption. */
    readonly runToEnd: Runner;
    readonly time: Time;
    /** Connects to the API server of a kubeconfig. */
    readonly connect: (kubeconfig: string) => ClusterApi;
    readonly name: string;
}

/** A pair of clusters that is made and taken away by the commands a person types. */
export class HandPair {
    constructor(
        private readonly tools: HandTools,
        private readonly config: LabConfig,
        private readonly place: HandPlace,
        private readonly guide: HandGuide,
    ) {}

    /**
     * Makes the pair and waits until both sides answer from both.
     *
     * @returns Seconds of each step.
     * @throws Error if a step fails, or the answers are not right.
     */
    async up(): Promise<Record<string, number>> {
        const { config, place, guide, tools } = this;
        const { name, time } = tools;
        for (const [file, text] of Object.entries(guide.files(place, config))) {
            writeFileSync(join(place.folder, file), text);
        }
        const parts: Record<string, number> = {};
        for (const step of guide.steps(place, config)) {
            parts[step.name] = await secondsOf(time, () => this.type(step));
        }
        const apis = await this.apis();
        parts["both answer from both"] = await secondsOf(time, async () => {
            const proof = { stack: name, config, apis, withinMs: stepWithinMs, time };
            if (!(await verify(proof)).agrees) {
                throw new Error("both clusters are there, but their answers are not right");
            }
        });
        return parts;
    }

    /** Changes something in cluster1. @throws Error with kubectl's reason if it fails. */
    kubectl(args: readonly string[]): Promise<void> {
        const context = ["--context", handContext(this.place, 0)];
        return this.type({ name: "kubectl", program: "kubectl", args: [...context, ...args] });
    }

    /** The clusters' API servers. */
    apis(): Promise<ConnectedCluster[]> {
        const { kindNames, kind } = this.place;
        return Promise.all(
            this.config.clusters.map(async ({ name: cluster }, index) => {
                const args = ["get", "kubeconfig", "--name", kindNames[index]!];
                const { stdout } = await this.tools.machine.run(kind, args);
                return { cluster, api: this.tools.connect(stdout) };
            }),
        );
    }

    /** Names of the node containers. */
    nodes(): string[] {
        return this.place.kindNames.map(nodeName);
    }

    /** Deletes both clusters at the same time, each by its own kind. @throws Error with kind's reason. */
    async remove(): Promise<void> {
        const { kindNames, kind, folder } = this.place;
        const results = await Promise.all(
            kindNames.map((kindName, index) => {
                const path = handKubeconfig({ folder }, index);
                const args = ["delete", "cluster", "--name", kindName, "--kubeconfig", path];
                return this.tools.runToEnd(kind, args);
            }),
        );
        const failed = results.find(({ code }) => code !== 0);
        if (failed) {
            const reason = reasonOf(failed.stderr);
            throw new Error(`kind could not delete ${kindNames.join(" and ")}: ${reason}`);
        }
        rmSync(folder, { recursive: true, force: true });
    }

    private type(step: HandStep): Promise<void> {
        return type(this.tools.machine.run, step, handEnv(this.place));
    }
}

/** Runs a command as a person types it. @throws Error with its reason if it fails. */
async function type(
    run: Runner,
    { name, program, args, pipedFrom }: HandStep,
    env: NodeJS.ProcessEnv,
): Promise<void> {
    const [source, ...sourceArgs] = pipedFrom ?? [];
    const input =
        source === undefined ? undefined : (await run(source, sourceArgs, { env })).stdout;
    const { code, stdout, stderr } = await run(program, args, {
        env,
        input,
        timeoutMs: stepWithinMs,
    });
    if (code !== 0) {
        throw new Error(`${name} failed: ${reasonOf(stdout + stderr)}`);
    }
}

/** Seconds that a piece of work takes. */
export async function secondsOf(time: Time, work: () => Promise<void>): Promise<number> {
    const start = time.now();
    await work();
    return (time.now() - start) / 1000;
}
