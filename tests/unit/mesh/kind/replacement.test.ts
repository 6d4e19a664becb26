import { replacementText } from "../../../../src/mesh/kind/kindConfig";

const made = {
    nodeImage: "kindest/node:v1.34.0",
    podCidr: "10.1.0.0/16",
    serviceCidr: "10.3.0.0/16",
};

test("a cluster that was made of what is wanted is not replaced", () => {
    expect(replacementText("cluster1", made, { ...made })).toBeUndefined();
});

test("a cluster that is replaced is told with the key that causes it, before and now", () => {
    expect(replacementText("cluster1", made, { ...made, podCidr: "10.9.0.0/16" })).toBe(
        "cluster1 is replaced, with all that is in it: podCidr was 10.1.0.0/16 and is 10.9.0.0/16",
    );
});

test("several causes are told in one line, by the keys of that cluster", () => {
    const wanted = { ...made, nodeImage: "kindest/node:v1.33.0", serviceCidr: "10.8.0.0/16" };
    expect(replacementText("cluster2", made, wanted)).toBe(
        "cluster2 is replaced, with all that is in it: nodeImage was kindest/node:v1.34.0 and is kindest/node:v1.33.0, cluster2ServiceCidr was 10.3.0.0/16 and is 10.8.0.0/16",
    );
});
