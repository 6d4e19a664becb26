import { Spread } from "../src/proof/spread";
import { HandWay, Way, handWaysOf, wayNames, ways } from "./ways";

/** What was measured of each way. */
export type Spreads = Readonly<Partial<Record<Way, Spread>>>;

/** What ours is to reach. */
export interface Goal {
    readonly text: string;
    /** Undefined if what it needs was not measured. */
    readonly isMet: boolean | undefined;
}

/** The goals of a measure; all are of medians. */
export function goalsOf(measure: string, spreads: Spreads): Goal[] {
    return rules
        .flatMap(({ of, goals }) => (of.test(measure) ? goals : []))
        .map((goal) => goal(spreads));
}

const rules: readonly {
    readonly of: RegExp;
    readonly goals: readonly ((spreads: Spreads) => Goal)[];
}[] = [
    { of: /^up$/, goals: [partOf("helm", 0.8), partOf("cli", 0.45)] },
    { of: /^up against its longest chain$/, goals: [atMost(1.1, "")] },
    { of: /^no change: pulumi up --skip-preview$/, goals: [atMost(3, " s")] },
    { of: /^flip (global|shared)Service |^flip serviceAffinity /, goals: [atMost(3.5, " s")] },
    { of: /^flip rebelBaseReplicas /, goals: [secondsMore(2)] },
    { of: /^down$/, goals: [secondsMore(1.5)] },
];

function atMost(most: number, unit: string) {
    return ({ ours }: Spreads): Goal => ({
        text: `at most ${most}${unit}`,
        isMet: ours && ours.median <= most,
    });
}

function partOf(way: HandWay, most: number) {
    return (spreads: Spreads): Goal => {
        const ratio = ratioOf(spreads.ours, spreads[way]);
        return {
            text: `at most ${most} of ${wayNames[way]}`,
            isMet: ratio === undefined ? undefined : ratio <= most,
        };
    };
}

/** Compares with the quicker of the ways by hand. */
function secondsMore(most: number) {
    return (spreads: Spreads): Goal => {
        const medians = handWaysOf(ways).flatMap((way) => spreads[way]?.median ?? []);
        const { ours } = spreads;
        return {
            text: `at most ${most} s more than by hand`,
            isMet:
                ours === undefined || medians.length === 0
                    ? undefined
                    : ours.median - Math.min(...medians) <= most,
        };
    };
}

/** Ratio of two medians; undefined if one is missing or the second is 0. */
export function ratioOf(ours: Spread | undefined, other: Spread | undefined): number | undefined {
    return ours === undefined || other === undefined || other.median === 0
        ? undefined
        : ours.median / other.median;
}
