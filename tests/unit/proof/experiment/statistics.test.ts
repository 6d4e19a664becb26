import { whoAnswers } from "../../../../src/lab/whoAnswers";
import {
    Request,
    isAsRuled,
    longestGap,
    numbersOf,
    settledMs,
    summaryOf,
} from "../../../../src/proof/experiment/statistics";
import { sideOf } from "../../../support/sides";

/** Cluster1's requests, one every 100 ms from a time on: `1` and `2` answered, `-` timed out, `x` refused, `?` unclear. */
function requests(from: number, text: string, client = "cluster1"): Request[] {
    return [...text].map((letter, i): Request => {
        const at = from + i * 100;
        switch (letter) {
            case "-":
                return { client, at, kind: "failed", milliseconds: 3000, timedOut: true };
            case "x":
                return { client, at, kind: "failed", milliseconds: 1 };
            case "?":
                return { client, at, kind: "unclear", milliseconds: 1 };
            default:
                return {
                    client,
                    at,
                    kind: "answered",
                    cluster: `cluster${letter}`,
                    milliseconds: 5,
                };
        }
    });
}

/** Who answers cluster1 where its own rebel-base and cluster2's are so. */
function rule(one: string, two = "g s a=- r=2") {
    return whoAnswers([sideOf("cluster1", one), sideOf("cluster2", two)])[0]!;
}

const both = rule("g s a=- r=2");
const own = rule("g s a=local r=2");
const other = rule("g s a=- r=0");
const half = rule("g s a=- r=2", "g s a=- r=2 o=kept");
const nobody = rule("g s a=- r=0", "g s a=- r=2 o=kept");
/** A change after a second. */
const span = { from: 0, changedAt: 1000, to: 3000 };

test("only what was sent from the change to the end is counted, and by this client", () => {
    const all = [
        ...requests(0, "1212121212"),
        ...requests(1000, "1-x?222"),
        ...requests(1000, "11111", "cluster2"),
        ...requests(3000, "1-1-"),
    ];
    expect(numbersOf(all, span, both, other)).toMatchObject({
        sent: 7,
        answered: { cluster1: 1, cluster2: 3 },
        failed: 2,
        timedOut: 1,
        unclear: 1,
    });
});

test("times are counted from the change: the last wrong answer and the last failure", () => {
    const numbers = numbersOf(requests(1000, "121-2x2222"), span, both, other);
    expect([numbers.lastWrongMs, numbers.lastFailedMs]).toEqual([200, 500]);
    expect(settledMs(numbers, other)).toBe(500);
});

test("a client that got nothing wrong settled at once", () => {
    const numbers = numbersOf(requests(1000, "22222"), span, both, other);
    expect([numbers.lastWrongMs, numbers.lastFailedMs, settledMs(numbers, other)]).toEqual([
        null,
        null,
        0,
    ]);
});

test("where failures are the rule, they keep nothing from being settled", () => {
    expect(settledMs(numbersOf(requests(1000, "121-1-1-"), span, both, half), half)).toBe(100);
    expect(settledMs(numbersOf(requests(1000, "2-----"), span, both, nobody), nobody)).toBe(0);
});

test("a cluster that is new has arrived with its first answer, and nothing is settled before", () => {
    const arrived = numbersOf(requests(1000, "222212"), span, other, both);
    expect([arrived.firstNewMs, arrived.missing, settledMs(arrived, both)]).toEqual([400, [], 400]);
    const missing = numbersOf(requests(1000, "2222"), span, other, both);
    expect([missing.firstNewMs, missing.missing]).toEqual([null, ["cluster1"]]);
    expect(settledMs(missing, both)).toBeUndefined();
});

test("of a client that sent nothing nobody says that it is settled", () => {
    expect(settledMs(numbersOf([], span, both, own), own)).toBeUndefined();
});

test("the longest gap is between two answers' arrivals, whichever side of the change it began on", () => {
    const answers = [...requests(0, "11111"), ...requests(1500, "1"), ...requests(1600, "1111")];
    expect(longestGap(answers, 1000, 1950)).toBe(1100);
    expect(longestGap(answers, 0, 1000)).toBe(595);
    expect(longestGap(requests(1000, "1111----"), 1000, 3000)).toBe(1695);
    expect(longestGap(requests(1000, "----"), 1000, 3000)).toBe(2000);
});

test("answers that overtake each other make no gap", () => {
    const late = requests(1000, "1").map((one) => ({ ...one, milliseconds: 950 }));
    const all = [...late, ...requests(1100, "11111111111111111111")];
    expect(longestGap(all, 1000, 3000)).toBeLessThan(110);
});

test("a stretch is as the rule says if all that must answer do, no other does, and nothing fails", () => {
    expect(isAsRuled(requests(0, "1212"), both, 4)).toBe(true);
    expect(isAsRuled(requests(0, "1212"), both, 5)).toBe(false);
    expect(isAsRuled(requests(0, "1111"), both, 4)).toBe(false);
    expect(isAsRuled(requests(0, "1112"), own, 4)).toBe(false);
    expect(isAsRuled(requests(0, "12-2"), both, 4)).toBe(false);
    expect(isAsRuled(requests(0, "12?2"), both, 4)).toBe(false);
    expect(isAsRuled(requests(0, "1-1-"), half, 4)).toBe(true);
});

test("several runs give medians, smallest and largest; what a run does not have is not among them", () => {
    const runs = ["2222", "1222", "112222-2"].map((text) =>
        numbersOf(requests(1000, text), span, both, other),
    );
    const { sent, lastWrongMs, lastFailedMs, firstNewMs } = summaryOf(runs);
    expect(sent).toEqual({ median: 4, min: 4, max: 8, count: 3 });
    expect(lastWrongMs).toEqual({ median: 50, min: 0, max: 100, count: 2 });
    expect(lastFailedMs).toEqual({ median: 600, min: 600, max: 600, count: 1 });
    expect(firstNewMs).toBeNull();
});
