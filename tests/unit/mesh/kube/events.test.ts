import type { CoreV1Event } from "@kubernetes/client-node";
import { lastOf } from "../../../../src/mesh/kube/clusterApi";

const at = (second: number) => new Date(second * 1000);
const event = (message: string, times: Partial<CoreV1Event>): CoreV1Event => ({
    involvedObject: {},
    metadata: {},
    message,
    ...times,
});

test("the newest event is the one that was seen last, however its program notes that", () => {
    const old = event("old", { lastTimestamp: at(3) });
    expect(lastOf([event("a", { eventTime: at(5) }), old])).toEqual({
        message: "a",
        at: 5000,
    });
    const series = { series: { count: 2, lastObservedTime: at(9) as never } };
    expect(lastOf([event("b", { eventTime: at(1), ...series }), old])?.message).toBe("b");
    expect(lastOf([event("c", { metadata: { creationTimestamp: at(4) } }), old])?.message).toBe(
        "c",
    );
    expect(lastOf([event("d", {}), old])?.message).toBe("old");
    expect(lastOf([])).toBeUndefined();
});
