import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stackFolder } from "../../../src/machine/names";
import { changesBack, settingsBefore } from "../../../src/stack/tourSettings";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);

test("what a step of the tour sets is set back; what somebody set since stays", () => {
    const own = { rebelBaseReplicas: "0", sharedService: "true", nodeImage: "x:1" };
    expect(changesBack({ serviceAffinity: "local" }, own)).toEqual([
        ["serviceAffinity", "local"],
        ["rebelBaseReplicas", undefined],
    ]);
    expect(changesBack(own, own)).toEqual([]);
});

test("what an experiment sets is set back, also of keys that no exercise has", () => {
    const set = {
        clusterMeshCacheTtl: ["30s"],
        ciliumVersion: ["1.20.2"],
        sharedService: ["false"],
    };
    const own = { clusterMeshCacheTtl: "30s", ciliumVersion: "1.20.2", globalService: "true" };
    expect(changesBack({ ciliumVersion: "1.19.6" }, own, set)).toEqual([
        ["clusterMeshCacheTtl", undefined],
        ["ciliumVersion", "1.19.6"],
    ]);
    expect(changesBack({}, { ciliumVersion: "1.20.1" }, set)).toEqual([]);
});

const mine = { original: { rebelBaseReplicas: "3" } };
const measured = { ...mine, set: { sharedService: ["false"] } };

test.each([
    ["no tour", {}, "nothing"],
    ["a tour that has given them back", { "tour.json": { done: [] } }, "nothing"],
    ["a tour that was killed", { "tour.json": mine }, mine],
    ["a board on the tour", { "board.json": mine }, mine],
    ["both, of one mind", { "tour.json": mine, "board.json": mine }, mine],
    ["both, of two", { "tour.json": mine, "board.json": { original: {} } }, "unclear"],
    ["an experiment that was killed", { "experiment.json": measured }, measured],
    [
        "a tour and an experiment",
        { "tour.json": { original: {} }, "experiment.json": measured },
        "unclear",
    ],
    ["a damaged file", { "tour.json": "{" }, "unclear"],
    ["a damaged one beside", { "tour.json": "", "board.json": mine }, "unclear"],
    ["settings that are none", { "tour.json": { original: { a: 1 } } }, "unclear"],
])("the settings from before the tour are found after %s", (what, files, expected) => {
    const stack = what.replace(/\W/g, "-");
    mkdirSync(stackFolder(stack), { recursive: true });
    for (const [name, content] of Object.entries(files)) {
        const text = typeof content === "string" ? content : JSON.stringify(content);
        writeFileSync(join(stackFolder(stack), name), text);
    }
    expect(settingsBefore(stack)).toEqual(expected);
});
