import { partsOf } from "../../../../src/lab/parts";
import { Side, whoAnswers } from "../../../../src/lab/whoAnswers";
import { Counts, fits } from "../../../../src/proof/verify/clientResult";
import {
    Sample,
    binomial,
    errorChance,
    judgementSample,
} from "../../../../src/proof/verify/statistics";
import { verify } from "../../../../src/proof/verify/verify";
import { configWith } from "../../../support/defaultConfig";
import { fakeMesh } from "../../../support/fakeMesh";
import { FakeAnswer } from "../../../support/fakeRequests";
import { fakeTime } from "../../../support/fakeTime";
import { sideOf } from "../../../support/sides";

const usual = "g s a=- r=2";

/** What a request of a client comes to, with its chance; the rest is answered by the first of them. */
interface World {
    readonly cluster1: number;
    readonly cluster2: number;
    readonly failed: number;
}

/** A chance that is left out of a sum: a million of them change it by less than what is told apart here. */
const negligible = 1e-18;

/** The chance that a client's judgement agrees in a world, summed over all numbers of answers and failures. */
function chanceToAgree(sides: readonly Side[], world: World, sample: Sample): number {
    const expected = whoAnswers(sides)[0]!;
    const { requests } = sample;
    const answered = 1 - world.failed;
    const failures = binomial(requests, world.failed);
    let sum = 0;
    for (let failed = 0; failed <= requests; failed++) {
        if (failures[failed]! < negligible) {
            continue;
        }
        const split = binomial(
            requests - failed,
            answered === 0 ? 0 : Math.min(1, world.cluster1 / answered),
        );
        for (let one = 0; one <= requests - failed; one++) {
            const chance = failures[failed]! * split[one]!;
            if (chance >= negligible) {
                const counts = countsOf(expected, sample, one, requests - failed - one, failed);
                sum += fits(counts, sample) ? chance : 0;
            }
        }
    }
    return sum;
}

function countsOf(
    expected: Counts["expected"],
    { requests, leastFailures, mostFailures }: Sample,
    one: number,
    two: number,
    failed: number,
): Counts {
    const of = (cluster: string, count: number) => ({
        cluster,
        count,
        share: count / requests,
        medianMs: 1,
        p95Ms: 1,
    });
    return {
        client: expected.client,
        pod: "x-wing",
        expected,
        requests,
        answers: [of("cluster1", one), of("cluster2", two)],
        failed,
        leastFailures,
        mostFailures,
        unclear: 0,
    };
}

/** Chance that a verdict agrees at one of its judgements, each with its own sample, as long as anybody would wait. */
function chanceOfVerdict(sides: readonly Side[], world: World): number {
    const parts = partsOf(whoAnswers(sides)[0]!, sides);
    let sum = 0;
    for (const judgement of [1, 2, 3, 5, 10, 30, 100, 300, 1000]) {
        const chance = chanceToAgree(sides, world, judgementSample(parts, 2, judgement));
        // Each may use up its part of the whole chance, and no more.
        expect(chance * judgement * (judgement + 1)).toBeLessThan(errorChance * (1 + 1e-9));
        sum += chance;
    }
    return sum;
}

const both = [sideOf("cluster1", usual), sideOf("cluster2", usual)];
const alone = [sideOf("cluster1", usual), sideOf("cluster2", "g s=false a=- r=2")];
const policed = [sideOf("cluster1", usual), sideOf("cluster2", `${usual} p=cluster2`)];
const nobody = [sideOf("cluster1", "g s a=- r=0"), sideOf("cluster2", "g s a=- r=0")];
const scaled = (from: number, beside: number): Side[] => [
    sideOf("cluster1", `g s a=- r=${beside}`),
    { ...sideOf("cluster2", "g s a=- r=0"), ready: 0, pods: from },
];

test.each<[string, Side[], World]>([
    ["2 and 2 backends", both, { cluster1: 0.5, cluster2: 0.5, failed: 0 }],
    [
        "1 and 20 backends",
        [sideOf("cluster1", "g s a=- r=1"), sideOf("cluster2", "g s a=- r=20")],
        { cluster1: 1 / 21, cluster2: 20 / 21, failed: 0 },
    ],
    ["a cluster that keeps its backends", alone, { cluster1: 1, cluster2: 0, failed: 0 }],
    ["a policy that drops half", policed, { cluster1: 0.5, cluster2: 0, failed: 0.5 }],
    ["nobody", nobody, { cluster1: 0, cluster2: 0, failed: 1 }],
    ["20 that are left of 22", scaled(2, 20), { cluster1: 1, cluster2: 0, failed: 0 }],
])(
    "where the rule holds, two clients disagree less than once in a million: %s",
    (_, sides, world) => {
        const parts = partsOf(whoAnswers(sides)[0]!, sides);
        for (const judgement of [1, 2, 50]) {
            const chance = chanceToAgree(sides, world, judgementSample(parts, 2, judgement));
            // The sum of all chances is exact to about 1e-12.
            expect(2 * (1 - chance)).toBeLessThan(errorChance + 1e-10);
        }
    },
);

test.each<[string, Side[], World]>([
    ["a tenth of the requests is lost", both, { cluster1: 0.45, cluster2: 0.45, failed: 0.1 }],
    ["a cluster does not answer", both, { cluster1: 1, cluster2: 0, failed: 0 }],
    ["a cluster drops what it gets", both, { cluster1: 0.5, cluster2: 0, failed: 0.5 }],
    ["a forbidden cluster answers a third", alone, { cluster1: 2 / 3, cluster2: 1 / 3, failed: 0 }],
    ["a forbidden cluster answers a tenth", alone, { cluster1: 0.9, cluster2: 0.1, failed: 0 }],
    [
        "2 pods that should be gone beside 20",
        scaled(2, 20),
        { cluster1: 20 / 22, cluster2: 2 / 22, failed: 0 },
    ],
    [
        "1 pod that should be gone beside 2",
        scaled(1, 2),
        { cluster1: 2 / 3, cluster2: 1 / 3, failed: 0 },
    ],
    [
        "1 backend beside 20 that is gone and still sent to",
        scaled(0, 20),
        { cluster1: 20 / 21, cluster2: 0, failed: 1 / 21 },
    ],
    ["a policy drops nothing", policed, { cluster1: 0.5, cluster2: 0.5, failed: 0 }],
    ["a policy lets through a tenth", policed, { cluster1: 0.5, cluster2: 0.1, failed: 0.4 }],
    ["1 of 20 fails where half must", policed, { cluster1: 0.95, cluster2: 0, failed: 0.05 }],
    ["19 of 20 fail where half must", policed, { cluster1: 0.05, cluster2: 0, failed: 0.95 }],
    ["one of two own backends fails, too", policed, { cluster1: 0.25, cluster2: 0, failed: 0.75 }],
    ["a tenth is answered where nobody must", nobody, { cluster1: 0.1, cluster2: 0, failed: 0.9 }],
])(
    "where it does not, a verdict agrees less than once in a million, however often it judges: %s",
    (_, sides, world) => {
        expect(chanceOfVerdict(sides, world)).toBeLessThan(errorChance);
    },
);

/** Numbers from 0 to 1 that look random, the same at each run (mulberry32). */
function randomNumbers(seed: number): () => number {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}

/** How many of so many verdicts agree, each as long as `up` waits, where cluster1's clients live in a world. */
async function agreeing(sides: Side[], world: World, verdicts: number): Promise<number> {
    const random = randomNumbers(verdicts);
    const answerIn = ({ cluster1, cluster2 }: World): FakeAnswer => {
        const number = random();
        if (number < cluster1) {
            return "cluster1";
        }
        return number < cluster1 + cluster2 ? "cluster2" : undefined;
    };
    const right = { cluster1: 0.5, cluster2: 0.5, failed: 0 };
    let agreed = 0;
    for (let index = 0; index < verdicts; index++) {
        const { agrees } = await verify({
            stack: "dev",
            config: configWith(),
            apis: fakeMesh(sides, {
                each: (client) => answerIn(client === "cluster1" ? world : right),
            }),
            withinMs: 300_000,
            // A look takes a second, as on real clusters.
            time: slow(fakeTime()),
        });
        agreed += Number(agrees);
    }
    return agreed;
}

function slow({ now, sleep }: ReturnType<typeof fakeTime>): ReturnType<typeof fakeTime> {
    return { now, sleep: (ms) => sleep(ms + 1000) };
}

test("a forbidden cluster that answers a third of one client's requests for five minutes never agrees", async () => {
    expect(await agreeing(alone, { cluster1: 2 / 3, cluster2: 1 / 3, failed: 0 }, 4)).toBe(0);
});

test("nor does a client that loses a tenth of its requests", async () => {
    expect(await agreeing(both, { cluster1: 0.45, cluster2: 0.45, failed: 0.1 }, 4)).toBe(0);
});

test("and where all is right every verdict agrees", async () => {
    expect(await agreeing(both, { cluster1: 0.5, cluster2: 0.5, failed: 0 }, 20)).toBe(20);
});
