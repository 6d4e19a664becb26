import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabConfig } from "../src/config/labConfig";
import { Machine } from "../src/machine/machine";
import { Time } from "../src/machine/poll";
import { Runner, lastLine } from "../src/machine/run";
import { withNodeImage } from "../src/mesh/kind/nodeImage";
import { ClusterApi } from "../src/mesh/kube/clusterApi";
import { PulumiCli } from "../src/stack/pulumi";
import { HandGuide } from "./byHand";
import { Consumption } from "./consumers";
import { Fingerprint, gatherFingerprint } from "./fingerprint";
import { ConnectedCluster, HandPair, secondsOf } from "./handPair";
import { Measurements } from "./measurements";
import { NodeMeter } from "./nodeMeter";
import { OurStack } from "./ours";
import { Plan, pairRanges } from "./plan";
import { kernelOf } from "./result";
import { HandWay, Way } from "./ways";

/** What the bench works with. */
export interface BenchTools {
    /** Its `run` throws InterruptedError once the user has ended the bench. */
    readonly machine: Machine;
    /** Runs what has to be done even after an interruption: taking things away. */
    readonly runToEnd: Runner;
    readonly pulumi: PulumiCli;
    readonly time: Time;
    /** Connects to the API server of a kubeconfig. */
    readonly connect: (kubeconfig: string) => ClusterApi;
    /** Name of everything that is made, unique to this run. */
    readonly name: string;
    /** The stack config's values that everything is made with. */
    readonly values: Readonly<Record<string, unknown>>;
}

/** How long clusters are left alone before they are looked at, in milliseconds. */
const settleMs = 60_000;

/** The topics under which clusters are looked at: of one pair, and where the number of pairs is varied. */
const pairTopics = { memory: "memory", idle: "idle" } as const;
const growthTopics = { memory: "growth", idle: "growth" } as const;

/** Where a bench makes its clusters, looks at them and takes them away. */
export class Site {
    fingerprint: Fingerprint = {};
    readonly measured: Measurements;
    /** What takes away what was made, by name. */
    private readonly made = new Map<string, () => Promise<void>>();
    private readonly meter: NodeMeter;

    constructor(
        readonly plan: Plan,
        readonly tools: BenchTools,
    ) {
        this.measured = new Measurements(plan, tools.machine.say);
        this.meter = new NodeMeter(tools.machine.run, tools.time);
    }

    /** A stack of this project for the pair of that number; nothing of it is there yet. */
    newStack(pair: number): OurStack {
        const { machine, name, values } = this.tools;
        const stack = new OurStack(`${name}-${pair}`, { ...this.tools, run: machine.run });
        stack.configure(pair === 1 ? values : { ...values, ...pairRanges(pair) });
        this.made.set(stack.stack, () => stack.down());
        return stack;
    }

    /** A pair that a guide will make; nothing of it is there yet but a folder. */
    async newPair(way: HandWay, guide: HandGuide, config: LabConfig): Promise<HandPair> {
        const { name, machine } = this.tools;
        const withImage = await withNodeImage(config, machine.run);
        const place = {
            kind: await machine.kind(),
            kindNames: config.clusters.map((_, index) => `${name}-${way}${index + 1}`),
            folder: mkdtempSync(join(tmpdir(), `${name}-`)),
        };
        const pair = new HandPair(this.tools, withImage, place, guide);
        this.made.set(way, () => pair.remove());
        return pair;
    }

    /** Takes away what was made under a name, a stack's or a way's; nothing, if that is nothing. */
    async remove(name: string): Promise<void> {
        await this.made.get(name)?.();
        this.made.delete(name);
    }

    /** Takes away what is still there. @throws Error of the first thing that stays. */
    async clean(): Promise<void> {
        const results = await Promise.allSettled([...this.made.values()].map((remove) => remove()));
        const failed = results.find((result) => result.status === "rejected");
        if (failed) {
            throw failed.reason;
        }
    }

    /** Remembers what the measurements depend on, once. */
    async identify(config: LabConfig, apis: readonly ConnectedCluster[]): Promise<void> {
        if (Object.keys(this.fingerprint).length > 0) {
            return;
        }
        const { machine, pulumi } = this.tools;
        this.fingerprint = await gatherFingerprint({
            config: await withNodeImage(config, machine.run),
            run: machine.run,
            kind: await machine.kind(),
            pulumi: lastLine((await pulumi.ask(["version"])).stdout),
            api: apis[0]!.api,
        });
    }

    /**
     * Leaves clusters alone for a minute, then measures what they hold of memory and take of the processors.
     *
     * @param pairs How many, where that is what is varied.
     */
    async measureNodes(way: Way, nodes: readonly string[], pairs?: number): Promise<void> {
        const { measured, plan } = this;
        const topics = pairs === undefined ? pairTopics : growthTopics;
        if (!measured.has(topics.memory) && !measured.has(topics.idle)) {
            return;
        }
        await this.tools.time.sleep(settleMs);
        if (measured.has(topics.memory)) {
            const { total, parts } = await this.meter.memory(nodes);
            const measure = pairs === undefined ? "memory of a pair" : "memory of";
            measured.add(topics.memory, measure, way, total, { parts, pairs, unit: "MiB" });
        }
        if (measured.has(topics.idle)) {
            const { all, kernel, machine } = await this.meter.processor(nodes, plan.idleSeconds);
            const measure = pairs === undefined ? "processor of an idle pair" : "processor of";
            const add = (name: string, value: number, parts?: Consumption["parts"]) =>
                measured.add(topics.idle, name, way, value, { parts, pairs, unit: "%" });
            add(measure, all.total, all.parts);
            add(kernelOf(measure), kernel.total, kernel.parts);
            add("the whole machine meanwhile", machine.all);
            add(kernelOf("the whole machine meanwhile"), machine.kernel);
        }
    }

    /** Seconds that a piece of work takes. */
    seconds(work: () => Promise<void>): Promise<number> {
        return secondsOf(this.tools.time, work);
    }
}
