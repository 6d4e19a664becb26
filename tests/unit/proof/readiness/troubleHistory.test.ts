import { PodTrouble } from "../../../../src/proof/readiness/podTrouble";
import { TroubleHistory } from "../../../../src/proof/readiness/troubleHistory";

function trouble(changes: Partial<PodTrouble> = {}): PodTrouble {
    return {
        namespace: "default",
        pod: "rebel-base-1",
        container: "rebel-base",
        reason: "ImagePullBackOff",
        message: "",
        severity: "failing",
        ...changes,
    };
}

/** Ages and news of one trouble at each of these times; undefined where it is away. */
function told(history: TroubleHistory, looks: readonly (readonly [number, PodTrouble?])[]) {
    return looks.map(([now, one]) =>
        history.note(one ? [one] : [], now).map(({ forMs, isNews }) => [forMs, isNews]),
    );
}

test("a trouble ages from the first look at it, and is news once, when it is old enough", () => {
    const one = trouble();
    expect(
        told(new TroubleHistory(100), [
            [1000, one],
            [1099, one],
            [1100, one],
            [1101, one],
            [9000, one],
        ]),
    ).toEqual([[[0, false]], [[99, false]], [[100, true]], [[101, false]], [[8000, false]]]);
});

test("a trouble that is old enough at once is news at once", () => {
    expect(
        told(new TroubleHistory(0), [
            [5, trouble()],
            [6, trouble()],
        ]),
    ).toEqual([[[0, true]], [[1, false]]]);
});

test("a trouble that went away counts from zero, but is no news again", () => {
    const one = trouble();
    expect(
        told(new TroubleHistory(100), [[0, one], [100, one], [110], [120, one], [300, one]]),
    ).toEqual([[[0, false]], [[100, true]], [], [[0, false]], [[180, false]]]);
});

test("a pod that restarts all the time goes on counting while it runs in between", () => {
    const loop = trouble({ reason: "CrashLoopBackOff" });
    expect(told(new TroubleHistory(100), [[0, loop], [50], [100, loop]])).toEqual([
        [[0, false]],
        [],
        [[100, true]],
    ]);
});

test.each<[string, Partial<PodTrouble>]>([
    ["namespace", { namespace: "kube-system" }],
    ["pod", { pod: "rebel-base-2" }],
    ["container", { container: undefined }],
    ["reason", { reason: "ErrImageNeverPull" }],
])("troubles that differ in their %s have ages of their own", (_, changes) => {
    const history = new TroubleHistory(100);
    history.note([trouble()], 0);
    const both = history.note([trouble(), trouble(changes)], 150);
    expect(both).toEqual([
        { trouble: trouble(), forMs: 150, isNews: true },
        { trouble: trouble(changes), forMs: 0, isNews: false },
    ]);
});

test("a message that changes is the same trouble, told in its newest words", () => {
    const history = new TroubleHistory(100);
    history.note([trouble({ message: "1 restart" })], 0);
    expect(history.note([trouble({ message: "2 restarts" })], 100)).toEqual([
        { trouble: trouble({ message: "2 restarts" }), forMs: 100, isNews: true },
    ]);
});
