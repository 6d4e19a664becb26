import { lastFlows } from "../../../../src/proof/flows/last";
import { RequestFlow } from "../../../../src/proof/flows/request";

function flow(at: number, outcome: RequestFlow["outcome"] = "arrived"): RequestFlow {
    return { at, client: { cluster: "cluster1", pod: "x-wing-0" }, port: 40_000, outcome };
}

test("the last flows come newest first, and no more than are wanted", () => {
    const flows = [1, 2, 3, 4].map((at) => flow(at));
    expect(lastFlows(flows, 2).map(({ at }) => at)).toEqual([4, 3]);
    expect(lastFlows([], 2)).toEqual([]);
});

test("what has just left is not shown yet; what has not arrived after a while is", () => {
    const flows = [flow(1_000, "sent"), flow(9_000, "dropped"), flow(9_500, "sent"), flow(10_000)];
    expect(lastFlows(flows, 9).map(({ at }) => at)).toEqual([10_000, 9_000, 1_000]);
});
