import { printable } from "../src/config/problem";
import { Plan, Topic } from "./plan";
import { Sample, Unit } from "./result";
import { Way, wayNames } from "./ways";

/** What a bench has measured so far, of the topics that its plan has. */
export class Measurements {
    readonly samples: Sample[] = [];
    /** What was not measured, and why. */
    readonly leftOut: string[] = [];

    /** @param say Tells the user each value as it is there. */
    constructor(
        private readonly plan: Plan,
        private readonly say: (line: string) => void,
    ) {}

    has(topic: Topic): boolean {
        return this.plan.topics.includes(topic);
    }

    /** Keeps a measurement of a topic, if the plan has that. The unit is seconds by default. */
    add(
        topic: Topic,
        measure: string,
        way: Way,
        value: number,
        more: Partial<Pick<Sample, "parts" | "pairs" | "unit">> = {},
    ): void {
        if (this.has(topic)) {
            const sample: Sample = { measure, way, unit: "s", value, ...more };
            this.samples.push(sample);
            this.say(`${measure}, ${wayNames[way]}: ${valueText(value, sample.unit)}`);
        }
    }

    /** Remembers that something is not measured. The reason may come from anywhere. */
    leaveOut(what: string, reason: string): void {
        const line = `${what}: ${printable(reason, 500)}`;
        this.leftOut.push(line);
        this.say(`left out: ${line}`);
    }
}

/** A value with its unit, as precise as it is worth. */
export function valueText(value: number, unit: Unit): string {
    return `${numberText(value, unit)} ${unit}`;
}

/** The number of {@link valueText} alone. */
export function numberText(value: number, unit: Unit): string {
    return value.toFixed({ s: 1, MiB: 0, "%": 1, times: 2 }[unit]);
}
