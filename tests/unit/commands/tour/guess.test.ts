import { choiceOf, choices, feedback, question } from "../../../../src/commands/tour/guess";

const clusters = ["cluster1", "cluster2"];

test("every set of clusters can be chosen, all of them first, nobody last", () => {
    expect(choices(clusters)).toEqual([["cluster1", "cluster2"], ["cluster1"], ["cluster2"], []]);
    expect(choices(["a", "b", "c"])).toHaveLength(8);
});

test("the question numbers the choices", () => {
    expect(question("cluster2", clusters)).toBe(
        "Who will answer when cluster2 asks?  [1] cluster1 and cluster2  [2] cluster1 only  [3] cluster2 only  [4] nobody  [Enter] do not guess: ",
    );
});

test.each([
    ["1", ["cluster1", "cluster2"]],
    [" 4 ", []],
    ["", undefined],
    ["5", undefined],
    ["0", undefined],
    ["both", undefined],
])("the input %j means %j", (input, choice) => {
    expect(choiceOf(input, clusters)).toEqual(choice);
});

test("feedback says what was right", () => {
    expect(feedback(["cluster2"], ["cluster2"])).toBe("right: cluster2 only");
    expect(feedback([], ["cluster1", "cluster2"])).toBe(
        "not quite: cluster1 and cluster2, you said nobody",
    );
});
