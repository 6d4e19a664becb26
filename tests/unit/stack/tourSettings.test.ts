import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stackFolder } from "../../../src/machine/names";
import { changesBack, removeStackFolder, settingsBefore } from "../../../src/stack/tourSettings";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);

test("what the tour has set is set back; what somebody set since stays, also of keys and values that steps have", () => {
    const own = { rebelBaseReplicas: "0", outage: "cluster2", nodeImage: "x:1" };
    const step = "Failover";
    const written = {
        serviceAffinity: [{ value: null, step }],
        rebelBaseReplicas: [{ value: "0", step }],
        outage: [{ value: null, step }],
    };
    const original = { serviceAffinity: "local" };
    expect(changesBack([{ original, written }], own)).toEqual([
        ["serviceAffinity", "local"],
        ["rebelBaseReplicas", undefined],
    ]);
    expect(changesBack([{ original: own, written }], own)).toEqual([]);
    expect(changesBack([], own)).toEqual([]);
});

test("of a tour of an earlier version, which told only the settings from before, what some step has", () => {
    const own = { rebelBaseReplicas: "0", sharedService: "true", nodeImage: "x:1" };
    expect(changesBack([{ original: { serviceAffinity: "local" } }], own)).toEqual([
        ["serviceAffinity", "local"],
        ["rebelBaseReplicas", undefined],
    ]);
});

test("of two that remember, each gives back what it has set", () => {
    const original = { sharedService: "true" };
    const of = (key: string, value: string) => ({ [key]: [{ value, step: "x" }] });
    const remembered = [
        { original, written: of("sharedService", "false") },
        { original, written: of("rebelBaseReplicas", "0") },
        { original, set: { hubble: ["true"] } },
    ];
    const own = { sharedService: "false", rebelBaseReplicas: "0", hubble: "true" };
    expect(changesBack(remembered, own)).toEqual([
        ["sharedService", "true"],
        ["rebelBaseReplicas", undefined],
        ["hubble", undefined],
    ]);
});

test("what an experiment sets is set back, also of keys that no exercise has", () => {
    const set = {
        clusterMeshCacheTtl: ["30s"],
        ciliumVersion: ["1.20.2"],
        sharedService: ["false"],
    };
    const own = { clusterMeshCacheTtl: "30s", ciliumVersion: "1.20.2", globalService: "true" };
    expect(changesBack([{ original: { ciliumVersion: "1.19.6" }, set }], own)).toEqual([
        ["clusterMeshCacheTtl", undefined],
        ["ciliumVersion", "1.19.6"],
    ]);
    expect(changesBack([{ original: {}, set }], { ciliumVersion: "1.20.1" })).toEqual([]);
    // A step of the tour has that value, and no experiment does.
    expect(changesBack([{ original: {}, set }], { rebelBaseReplicas: "0" })).toEqual([]);
});

const mine = { original: { rebelBaseReplicas: "3" } };
const written = { rebelBaseReplicas: [{ value: "0", step: "Failover" }] };
const measured = { ...mine, set: { sharedService: ["false"] } };

test.each([
    ["no tour", {}, "nothing"],
    ["a tour that has given them back", { "tour.json": { done: [] } }, "nothing"],
    [
        "a tour that was killed",
        { "tour.json": { ...mine, written, done: [] } },
        [{ ...mine, written }],
    ],
    ["a tour of an earlier version", { "tour.json": mine }, [mine]],
    ["a board on the tour", { "board.json": mine }, [mine]],
    ["both, of one mind", { "tour.json": mine, "board.json": mine }, [mine, mine]],
    ["a tour that tells damaged values", { "tour.json": { ...mine, written: 1 } }, "unclear"],
    ["both, of two", { "tour.json": mine, "board.json": { original: {} } }, "unclear"],
    ["an experiment that was killed", { "experiment.json": measured }, [measured]],
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

describe("a stack's folder", () => {
    const folder = stackFolder("gone");
    const remove = (keepTour: boolean): string[] => {
        const said: string[] = [];
        removeStackFolder("gone", { keepTour }, { say: (line) => void said.push(line) });
        return said;
    };
    const has = (...names: string[]) => {
        mkdirSync(folder, { recursive: true });
        names.forEach((name) => writeFileSync(join(folder, name), "{}"));
    };

    test("goes with all that is in it where the settings are given back", () => {
        has("tour.json", "cluster1.json");
        expect([remove(false), existsSync(folder)]).toEqual([[], false]);
    });

    test("goes, too, where nothing of a tour is in it", () => {
        has("cluster1.json");
        expect([remove(true), existsSync(folder)]).toEqual([[], false]);
    });

    test("keeps what a tour remembers where that is still needed, and says so", () => {
        has("board.json", "tour.json", "cluster1.json");
        const paths = ["board.json", "tour.json"].map((name) => join(folder, name)).join(" and ");
        expect(remove(true)).toEqual([expect.stringContaining(`and stay in ${paths};`)]);
        expect(readdirSync(folder).sort()).toEqual(["board.json", "tour.json"]);
    });

    test.each([false, true])("keeps what was put aside for the user, and names it", (keepTour) => {
        has("board.json.old", "board.json.old.2", "tour.json.old", "cluster1.json");
        const copies = readdirSync(folder).filter((name) => name.includes(".old"));
        const paths = copies.map((name) => join(folder, name));
        expect(remove(keepTour)).toEqual([
            expect.stringMatching(`^${paths.join(" and ")} stays: .* rm -r ${paths.join(" ")}$`),
        ]);
        expect(readdirSync(folder)).toEqual(copies);
        rmSync(folder, { recursive: true });
    });
});
