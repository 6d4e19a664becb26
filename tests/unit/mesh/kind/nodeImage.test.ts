import { chooseNodeImage, nodeImages } from "../../../../src/mesh/kind/nodeImage";

const own = "registry.class/node:2025-11";

test.each([
    ["with cgroup v2, the newest image", { configured: "", cgroupVersion: "2" }, nodeImages.newest],
    ["where the engine does not tell, the newest image", { configured: "" }, nodeImages.newest],
    ["the image that the user sets", { configured: own, cgroupVersion: "1" }, own],
    ["the image that the clusters have", { configured: "", made: own, cgroupVersion: "1" }, own],
    ["the image that the user sets, not the one they have", { configured: own, made: "a:1" }, own],
] as const)("a stack gets, without a word, %s", (_, facts, image) => {
    expect(chooseNodeImage(facts)).toStrictEqual({ image });
});

test("on a machine with cgroup v1, the lab takes a Kubernetes that still boots there, and says so", () => {
    expect(chooseNodeImage({ configured: "", cgroupVersion: "1" })).toStrictEqual({
        image: nodeImages.cgroup1,
        news: "this machine has cgroup v1, which Kubernetes 1.35 and later refuse; the nodes run kindest/node:v1.34.11",
    });
});

test("every image is pinned by its digest", () => {
    for (const image of Object.values(nodeImages)) {
        expect(image).toMatch(/^kindest\/node:v1\.\d+\.\d+@sha256:[0-9a-f]{64}$/);
    }
});
