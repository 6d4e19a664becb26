import { askEngine } from "../src/machine/engine";
import { Time } from "../src/machine/poll";
import { Runner } from "../src/machine/run";
import { Consumption, sumOf } from "./consumers";
import { memoryScript, parseNodeMemory } from "./nodeMemory";
import {
    ProcessorSnapshot,
    ProcessorUse,
    parseProcessor,
    processorScripts,
    processorUse,
    sumOfUses,
} from "./nodeProcessor";

/** Looks into node containers, by a shell in each: so it works wherever the engine is. */
export class NodeMeter {
    constructor(
        private readonly run: Runner,
        private readonly time: Time,
    ) {}

    /** What nodes take of memory now, in MiB. @throws Error if a node does not tell. */
    async memory(nodes: readonly string[]): Promise<Consumption> {
        const outputs = await Promise.all(nodes.map((node) => this.ask(node, memoryScript)));
        return sumOf(outputs.map(parseNodeMemory));
    }

    /** What nodes take of the processors for so many seconds from now. @throws Error if a node does not tell. */
    async processor(nodes: readonly string[], seconds: number): Promise<ProcessorUse> {
        const start = await this.snapshots(nodes, processorScripts.start);
        await this.time.sleep(seconds * 1000);
        const end = await this.snapshots(nodes, processorScripts.end);
        return sumOfUses(end.map((snapshot, index) => processorUse(start[index]!, snapshot)));
    }

    private async snapshots(
        nodes: readonly string[],
        script: string,
    ): Promise<ProcessorSnapshot[]> {
        const outputs = await Promise.all(nodes.map((node) => this.ask(node, script)));
        return outputs.map(parseProcessor);
    }

    private async ask(node: string, script: string): Promise<string> {
        const { stdout } = await askEngine(this.run, ["exec", "-i", node, "sh"], { input: script });
        return stdout;
    }
}
