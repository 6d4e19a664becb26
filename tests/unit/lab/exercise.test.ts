import * as fc from "fast-check";
import { ProblemsError } from "../../../src/config/problem";
import { readStackValues } from "../../../src/config/stackFile";
import {
    changed,
    changesTo,
    exerciseChanges,
    exerciseKeys,
    exercises,
} from "../../../src/lab/exercise";
import { changeArgs } from "../../../src/stack/stack";

test("an exercise sets what the lab varies in both clusters, and no other key", () => {
    expect(exerciseKeys).toStrictEqual([
        "globalService",
        "sharedService",
        "serviceAffinity",
        "rebelBaseReplicas",
        "globalNamespace",
        "cluster2GlobalService",
        "cluster2SharedService",
        "cluster2ServiceAffinity",
        "cluster2RebelBaseReplicas",
        "cluster2GlobalNamespace",
        "networkPolicy",
        "outage",
        "outageOf",
        "clusterMeshCacheTtl",
    ]);
    for (const exercise of exercises) {
        expect(exerciseKeys).toEqual(
            expect.arrayContaining(Object.keys(readStackValues(exercise))),
        );
    }
});

test.each([
    ["failover", {}, [["rebelBaseReplicas", "0"]]],
    ["local-first", {}, [["serviceAffinity", "local"]]],
    [
        "network-policy",
        { rebelBaseReplicas: "0" },
        [
            ["rebelBaseReplicas", undefined],
            ["networkPolicy", "cluster1-only"],
        ],
    ],
    [
        "baseline",
        { networkPolicy: "cluster1-only", ...readStackValues("baseline") },
        [["networkPolicy", undefined]],
    ],
    [
        "not-shared-failover",
        {},
        [
            ["sharedService", "false"],
            ["rebelBaseReplicas", "0"],
        ],
    ],
    // What an exercise does not say has its default again.
    [
        "failover",
        { sharedService: "false", cluster2ServiceAffinity: "remote" },
        [
            ["sharedService", undefined],
            ["rebelBaseReplicas", "0"],
            ["cluster2ServiceAffinity", undefined],
        ],
    ],
    // In every cluster there may be.
    [
        "failover",
        { rebelBaseReplicas: "0", cluster3SharedService: "false", cluster8RebelBaseReplicas: "0" },
        [
            ["cluster3SharedService", undefined],
            ["cluster8RebelBaseReplicas", undefined],
        ],
    ],
    // What is as wanted stays, and keys of no exercise are nobody's business.
    ["not-shared", { sharedService: "false", ciliumVersion: "1.20.0", xWingReplicas: "1" }, []],
    ["not-shared", { sharedService: "true" }, [["sharedService", "false"]]],
])("%s changes %j by %j", (exercise, own, changes) => {
    expect(exerciseChanges(exercise, own)).toStrictEqual(changes);
});

test("baseline brings a stack back, whatever exercise it had", () => {
    for (const exercise of exercises) {
        const own = { ...readStackValues(exercise), nodeImage: "kindest/node:v1.33.1" };
        const after = changed(own, exerciseChanges("baseline", own));
        expect(after).toStrictEqual({ ...readStackValues("baseline"), nodeImage: own.nodeImage });
    }
});

test.each([
    ["not-share", "; did you mean not-shared?"],
    ["Baseline", "; did you mean baseline?"],
    ["../secret", ""],
    ["dev", ""],
    ["", ""],
])("there is no exercise %j", (exercise, hint) => {
    const change = () => exerciseChanges(exercise, {});
    expect(change).toThrow(ProblemsError);
    expect(change).toThrow(
        `--exercise is ${JSON.stringify(exercise)}; it must be one of baseline, failover, ` +
            `not-shared, not-shared-failover, local-first, remote-first, not-global, network-policy, outage, outage-with-ttl${hint}`,
    );
});

test("after its changes a stack has the wanted values and keeps all others; then there is none left", () => {
    const keys = [...exerciseKeys, "ciliumVersion", "podCidr"];
    const anyValues = fc.dictionary(fc.constantFrom(...keys), fc.constantFrom("a", "b", ""));
    fc.assert(
        fc.property(anyValues, anyValues, (wanted, own) => {
            const after = changed(own, changesTo(wanted, own));
            for (const key of keys) {
                expect(after[key]).toBe(exerciseKeys.includes(key) ? wanted[key] : own[key]);
            }
            expect(changesTo(wanted, after)).toStrictEqual([]);
        }),
    );
});

test("a change is what pulumi is told", () => {
    expect(changeArgs(["sharedService", "false"])).toStrictEqual([
        "config",
        "set",
        "sharedService",
        "false",
    ]);
    expect(changeArgs(["sharedService", undefined])).toStrictEqual([
        "config",
        "rm",
        "sharedService",
    ]);
    expect(changeArgs(["rebelBaseImage", ""])).toStrictEqual([
        "config",
        "set",
        "rebelBaseImage",
        "",
    ]);
});
