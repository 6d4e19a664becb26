import * as fc from "fast-check";
import { Parts, partsOf } from "../../../src/lab/parts";
import { Side, whoAnswers } from "../../../src/lab/whoAnswers";
import { anyMesh, sideOf } from "../../support/sides";

/** How the requests of cluster1's clients are divided. */
function partsFrom1(...sides: Side[]): Parts {
    return partsOf(whoAnswers(sides)[0]!, sides);
}

const one = (text: string, counted: Pick<Side, "ready" | "pods"> = {}) => ({
    ...sideOf("cluster1", text),
    ...counted,
});
const two = (text: string, counted: Pick<Side, "ready" | "pods"> = {}) => ({
    ...sideOf("cluster2", text),
    ...counted,
});

test.each<[string, Side[], Parts]>([
    [
        "every backend gets the same part",
        [one("g s a=- r=1"), two("g s a=- r=3")],
        { answering: [1 / 4, 3 / 4], failing: 0, leastIntruder: 1 },
    ],
    [
        "ready backends count, not those that are asked for",
        [one("g s a=- r=2", { ready: 1, pods: 2 }), two("g s a=- r=20", { ready: 3, pods: 20 })],
        { answering: [1 / 4, 3 / 4], failing: 0, leastIntruder: 1 },
    ],
    [
        "one that must answer and has none ready counts as one",
        [one("g s a=- r=2", { ready: 0, pods: 2 }), two("g s a=- r=3")],
        { answering: [1 / 4, 3 / 4], failing: 0, leastIntruder: 1 },
    ],
    [
        "pods of a cluster that was scaled to 0 may still answer",
        [one("g s a=- r=20"), two("g s a=- r=0", { ready: 0, pods: 2 })],
        { answering: [1], failing: 0, leastIntruder: 2 / 22 },
    ],
    [
        "a backend of it may still be known where no pod is left",
        [one("g s a=- r=20"), two("g s a=- r=0", { ready: 0, pods: 0 })],
        { answering: [1], failing: 0, leastIntruder: 1 / 21 },
    ],
    [
        "a cluster that is not shared would answer with all its backends",
        [one("g s a=- r=2"), two("g s=false a=- r=6")],
        { answering: [1], failing: 0, leastIntruder: 6 / 8 },
    ],
    [
        "what a policy drops fails, and is what a leak would take",
        [one("g s a=- r=3"), two("g s a=- r=1 p=cluster2")],
        { answering: [3 / 4], failing: 1 / 4, leastIntruder: 1 / 4 },
    ],
    [
        "what is sent to a cluster that is away fails",
        [one("g s a=- r=2"), two("g s a=- r=2 o=kept")],
        { answering: [1 / 2], failing: 1 / 2, leastIntruder: 1 / 2 },
    ],
    [
        "nothing is sent to it any more once its backends are revoked",
        [one("g s a=- r=2"), two("g s a=- r=2 o=revoked")],
        { answering: [1], failing: 0, leastIntruder: 1 / 2 },
    ],
    [
        "where nobody answers all fails, and any pod's answer would be all of it",
        [one("g s a=- r=0"), two("g s a=- r=0")],
        { answering: [], failing: 1, leastIntruder: 1 },
    ],
    [
        "where all that get requests drop them all fails, too",
        [one("g s a=remote r=2"), two("g s a=- r=2 p=cluster2")],
        { answering: [], failing: 1, leastIntruder: 1 / 2 },
    ],
])("%s", (_, sides, parts) => {
    const { answering, failing, leastIntruder } = partsFrom1(...sides);
    expect({ answering, failing }).toEqual({ answering: parts.answering, failing: parts.failing });
    expect(leastIntruder).toBeCloseTo(parts.leastIntruder, 12);
});

test("of any mesh the parts are the whole, and nothing but nobody's answers fails altogether", () => {
    fc.assert(
        fc.property(anyMesh({ min: 1, max: 5 }), (mesh) => {
            for (const answer of whoAnswers(mesh)) {
                const { answering, failing, leastIntruder } = partsOf(answer, mesh);
                const whole = answering.reduce((sum, part) => sum + part, failing);
                expect(answering).toHaveLength(answer.answering.length);
                expect(whole).toBeCloseTo(1, 12);
                expect(failing === 1).toBe(answering.length === 0);
                expect(answering.every((part) => part > 0)).toBe(true);
                expect(leastIntruder).toBeGreaterThan(0);
                expect(leastIntruder).toBeLessThanOrEqual(1);
            }
        }),
    );
});
