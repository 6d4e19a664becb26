import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabConfig } from "../src/config/labConfig";
import { askEngine } from "../src/machine/engine";
import { Machine } from "../src/machine/machine";
import { kubeconfigPath } from "../src/machine/names";
import { Time } from "../src/machine/poll";
import { Runner, lastLine } from "../src/machine/run";
import { withNodeImage } from "../src/mesh/kind/nodeImage";
import { PulumiCli } from "../src/stack/pulumi";
import { handPrograms } from "./byHand";
import { Consumption, sumOf } from "./consumers";
import { Fingerprint, gatherFingerprint } from "./fingerprint";
import { Flip, askersOf, flipSeconds, flips } from "./flips";
import { ConnectedCluster, HandPair, secondsOf, type } from "./handPair";
import { InterruptedError } from "./interruption";
import { memoryScript, parseNodeMemory } from "./nodeMemory";
import { OurStack } from "./ours";
import { Plan, Topic, isOursFirst, pairRanges } from "./plan";
import { Sample, Way } from "./result";

/** What the bench works with. */
export interface BenchTools {
    /** Its `run` throws InterruptedError once the user has ended the bench. */
    readonly machine: Machine;
    /** Runs what has to be done even after an interruption: taking things away. */
    readonly runToEnd: Runner;
    readonly pulumi: PulumiCli;
    readonly time: Time;
    /** Name of everything that is made, unique to this run. */
    readonly name: string;
    /** The stack config's values that everything is made with. */
    readonly values: Readonly<Record<string, unknown>>;
}

/** How long a pair is left alone before its memory is measured, in milliseconds. */
const settleMs = 60_000;

/** Updates without a change in each round, of each kind. */
const noChangeRuns = 3;

/** Measures what a plan says, ours and the way by hand in turn, on real clusters. */
export class Bench {
    /** What has been measured so far, also after an error. */
    readonly samples: Sample[] = [];
    /** What was not measured, and why. */
    readonly leftOut: string[] = [];
    fingerprint: Fingerprint = {};
    /** What takes away what was made, by name. */
    private readonly made = new Map<string, () => Promise<void>>();

    constructor(
        private readonly plan: Plan,
        private readonly tools: BenchTools,
    ) {}

    /** Runs the whole plan. @throws Error if a step fails, InterruptedError if the user has ended it. */
    async run(): Promise<void> {
        const missing = await this.missingPrograms();
        if (missing.length > 0) {
            const verb = missing.length === 1 ? "is" : "are";
            this.leftOut.push(`the way by hand: ${missing.join(" and ")} ${verb} not on PATH`);
        }
        const isPaired = this.plan.topics.some((topic) => topic !== "growth");
        for (let round = 1; isPaired && round <= this.plan.rounds; round++) {
            this.tools.machine.say(`round ${round} of ${this.plan.rounds}`);
            const ways: Way[] = isOursFirst(round) ? ["ours", "byHand"] : ["byHand", "ours"];
            for (const way of ways) {
                if (way === "ours") {
                    await this.measureOurs(!missing.includes("kubectl"));
                } else if (missing.length === 0) {
                    await this.measureByHand();
                }
            }
        }
        if (this.has("growth")) {
            await this.measureGrowth();
        }
    }

    /** Takes away what is still there. @throws Error of the first thing that stays. */
    async clean(): Promise<void> {
        const results = await Promise.allSettled([...this.made.values()].map((remove) => remove()));
        const failed = results.find((result) => result.status === "rejected");
        if (failed) {
            throw failed.reason;
        }
    }

    private async measureOurs(hasKubectl: boolean): Promise<void> {
        const stack = this.newStack(1);
        this.add("up", "up", "ours", await this.seconds(() => stack.up()));
        await this.identify(stack.config(), stack.apis());
        await this.measureMemory("memory of a pair", "ours", stack.nodes());
        if (this.has("no-change")) {
            await this.measureNoChange(stack);
        }
        if (this.has("flip")) {
            for (const flip of flips) {
                await this.measureFlip(stack, flip, "ours");
            }
            for (const flip of hasKubectl ? flips : []) {
                await this.measureFlip(stack, flip, "byHand");
            }
        }
        this.add("down", "down", "ours", await this.seconds(() => this.remove(stack.stack)));
    }

    private async measureNoChange(stack: OurStack): Promise<void> {
        const ways = {
            "pulumi up --skip-preview": () => stack.pulumiUp(),
            "pulumi up": () => stack.pulumiUp({ preview: true }),
            "npm run up (with proof)": () => stack.up(),
        };
        for (const [name, work] of Object.entries(ways)) {
            for (let i = 0; i < noChangeRuns; i++) {
                this.add("no-change", `no change: ${name}`, "ours", await this.seconds(work));
            }
        }
    }

    private async measureFlip(stack: OurStack, flip: Flip, way: Way): Promise<void> {
        this.add("flip", `flip ${flip.name}`, way, await this.flip(stack, flip, way));
    }

    /** Seconds until the last answer that a change forbids. */
    private async flip(stack: OurStack, flip: Flip, way: Way): Promise<number> {
        if (way === "ours") {
            await stack.set(flip.change);
        }
        return flipSeconds({
            ask: askersOf(stack.config(flip.change), stack.apis()),
            change: () => (way === "ours" ? stack.pulumiUp() : this.kubectl(stack, flip.kubectl)),
            time: this.tools.time,
        });
    }

    private async kubectl(stack: OurStack, args: readonly string[]): Promise<void> {
        const kubeconfig = kubeconfigPath(stack.stack, "cluster1");
        const command = ["--kubeconfig", kubeconfig, ...args];
        await type(this.tools.machine.run, { name: "kubectl", program: "kubectl", args: command });
    }

    private async measureByHand(): Promise<void> {
        const { name, machine } = this.tools;
        const config = await withNodeImage(this.newStack(1).config(), machine.run);
        const pair = new HandPair(this.tools, config, {
            folder: mkdtempSync(join(tmpdir(), `${name}-`)),
            kindNames: config.clusters.map((_, index) => `${name}-hand${index + 1}`),
            kind: await machine.kind(),
        });
        this.made.set("by hand", () => pair.remove());
        const parts = await pair.up();
        const total = Object.values(parts).reduce((sum, value) => sum + value, 0);
        this.add("up", "up", "byHand", total, { parts });
        await this.identify(config, await pair.apis());
        await this.measureMemory("memory of a pair", "byHand", pair.nodes());
        const down = await this.seconds(() => this.remove("by hand"));
        this.add("down", "down", "byHand", down);
    }

    private async measureGrowth(): Promise<void> {
        const stacks: OurStack[] = [];
        const most = Math.max(...this.plan.pairs);
        for (let pairs = 1; pairs <= most; pairs++) {
            this.tools.machine.say(`growth: pair ${pairs} of ${most}`);
            const stack = this.newStack(pairs);
            let up: number;
            try {
                up = await this.seconds(() => stack.up());
            } catch (error) {
                if (error instanceof InterruptedError) {
                    throw error;
                }
                this.leftOut.push(`growth from ${pairs} pairs on: ${(error as Error).message}`);
                return;
            }
            stacks.push(stack);
            if (this.plan.pairs.includes(pairs)) {
                await this.identify(stack.config(), stack.apis());
                this.add("growth", "up of the last of", "ours", up, { pairs });
                const nodes = stacks.flatMap((each) => each.nodes());
                await this.measureMemory("memory of", "ours", nodes, pairs);
                for (const flip of flips.filter(({ change }) => change[0] === "sharedService")) {
                    const seconds = await this.flip(stack, flip, "ours");
                    this.add("growth", `flip ${flip.name} in the last of`, "ours", seconds, {
                        pairs,
                    });
                }
            }
        }
    }

    /** The programs of the way by hand that are not on PATH. */
    private async missingPrograms(): Promise<string[]> {
        const found = await Promise.all(
            handPrograms.map(({ program, args }) => this.tools.machine.run(program, args)),
        );
        return handPrograms
            .filter((_, index) => found[index]!.code === 127)
            .map(({ program }) => program);
    }

    private newStack(pair: number): OurStack {
        const { machine, runToEnd, pulumi, name, values } = this.tools;
        const stack = new OurStack(`${name}-${pair}`, { run: machine.run, runToEnd, pulumi });
        stack.configure(pair === 1 ? values : { ...values, ...pairRanges(pair) });
        this.made.set(stack.stack, () => stack.down());
        return stack;
    }

    private async remove(name: string): Promise<void> {
        await this.made.get(name)!();
        this.made.delete(name);
    }

    /** Remembers what the measurements depend on, once. */
    private async identify(config: LabConfig, apis: readonly ConnectedCluster[]): Promise<void> {
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

    private async measureMemory(
        measure: string,
        way: Way,
        nodes: readonly string[],
        pairs?: number,
    ): Promise<void> {
        const topic = pairs === undefined ? "memory" : "growth";
        if (this.has(topic)) {
            await this.tools.time.sleep(settleMs);
            const memories = await Promise.all(nodes.map((node) => this.memoryOf(node)));
            const { total, parts } = sumOf(memories);
            this.add(topic, measure, way, total, { parts, pairs, unit: "MiB" });
        }
    }

    private async memoryOf(node: string): Promise<Consumption> {
        const args = ["exec", "-i", node, "sh"];
        const { stdout } = await askEngine(this.tools.machine.run, args, {
            input: memoryScript,
        });
        return parseNodeMemory(stdout);
    }

    private seconds(work: () => Promise<void>): Promise<number> {
        return secondsOf(this.tools.time, work);
    }

    /** Keeps a measurement of a topic that the plan has. */
    private add(
        topic: Topic,
        measure: string,
        way: Way,
        value: number,
        more: Partial<Pick<Sample, "parts" | "pairs" | "unit">> = {},
    ): void {
        if (this.has(topic)) {
            const sample: Sample = { measure, way, unit: "s", value, ...more };
            this.samples.push(sample);
            const text = `${value.toFixed(1)} ${sample.unit}`;
            this.tools.machine.say(`${measure}, ${way === "ours" ? "ours" : "by hand"}: ${text}`);
        }
    }

    private has(topic: Topic): boolean {
        return this.plan.topics.includes(topic);
    }
}
