import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../src/config/declaration";
import { ClusterName } from "../../../src/config/labConfig";
import { stackFolder } from "../../../src/machine/names";
import { pruneCluster } from "../../../src/mesh/existing/prune";
import { existingRecordPath, writeExistingRecord } from "../../../src/mesh/existing/record";
import { deleteLeftover } from "../../../src/mesh/kind/remove";
import { Drift, findDrift } from "../../../src/proof/drift/drift";
import { prepareRepair } from "../../../src/proof/drift/repair";
import { forgetHalfReplaced } from "../../../src/stack/backend";
import { connections } from "../../../src/stack/connections";
import { LabStack } from "../../../src/stack/home";
import { acceptOrigin, beginOrigin } from "../../../src/stack/origin";
import { PulumiCli } from "../../../src/stack/pulumi";
import { reconcile } from "../../../src/stack/reconcile";
import { UpdateOptions } from "../../../src/stack/stack";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);
jest.mock("../../../src/mesh/existing/prune");
jest.mock("../../../src/mesh/kind/remove");
jest.mock("../../../src/proof/drift/drift", () => ({
    ...jest.requireActual<object>("../../../src/proof/drift/drift"),
    findDrift: jest.fn(),
    driftLine: () => "what has drifted",
}));
jest.mock("../../../src/proof/drift/repair", () => ({
    ...jest.requireActual<object>("../../../src/proof/drift/repair"),
    prepareRepair: jest.fn(),
}));
jest.mock("../../../src/stack/connections");
jest.mock("../../../src/stack/origin");
jest.mock("../../../src/stack/backend");

const release = { cluster: "cluster1", about: "release", text: "is pending" } as unknown as Drift;
const api = "the API of cluster1";

beforeEach(() => {
    copyFileSync(join(__dirname, "../../../Pulumi.yaml"), join(projectRoot, "Pulumi.yaml"));
    jest.resetAllMocks();
    jest.mocked(connections).mockResolvedValue([{ cluster: "cluster1", api }] as never);
    jest.mocked(findDrift).mockResolvedValue([]);
    mkdirSync(stackFolder("dev"), { recursive: true });
});

/** Reconciles a stack; what is done, in order, and what Pulumi's updates are told. */
async function reconciled(options?: UpdateOptions, codes: number[] = []) {
    const updates: (UpdateOptions | undefined)[] = [];
    const done: string[] = [];
    const said: string[] = [];
    jest.mocked(prepareRepair).mockImplementation(() => Promise.resolve(void done.push("repair")));
    const pulumi = { isOwnBackend: false } as PulumiCli;
    const update = (given?: UpdateOptions) => {
        updates.push(given);
        done.push("update");
        return Promise.resolve(codes.shift() ?? 0);
    };
    const code = await reconcile(
        new LabStack("dev"),
        { pulumi, update, say: (line) => void said.push(line) },
        options,
    );
    return { code, updates, done, said };
}

test("where nothing has drifted there is one update, as it is asked for", async () => {
    const options = { replace: ["**::mesh-ca-key"] };
    expect(await reconciled(options)).toMatchObject({
        code: 0,
        updates: [options],
        done: ["update"],
    });
});

test("a cluster whose replacement was cut off is forgotten before the update", async () => {
    const order: string[] = [];
    jest.mocked(forgetHalfReplaced).mockImplementation(() =>
        Promise.resolve(void order.push("forget")),
    );
    jest.mocked(beginOrigin).mockImplementation(() => Promise.resolve(void order.push("begin")));
    expect((await reconciled()).done).toEqual(["update"]);
    expect(order).toEqual(["begin", "forget"]);
    jest.mocked(forgetHalfReplaced).mockRejectedValue(new Error("it could not forget"));
    await expect(reconciled()).rejects.toThrow("it could not forget");
});

describe("an API server that leaves a question unanswered", () => {
    const silence = new Error("no answer within 10 s");

    test("is asked again, and what has drifted is repaired", async () => {
        const drift = { ...release, about: "object" } as Drift;
        jest.mocked(findDrift)
            .mockResolvedValueOnce([])
            .mockRejectedValueOnce(silence)
            .mockResolvedValueOnce([drift]);
        expect((await reconciled()).done).toEqual(["update", "repair", "update"]);
    });

    test("does not end the run, which says what was not compared", async () => {
        jest.mocked(findDrift).mockRejectedValue(silence);
        const { code, done, said } = await reconciled();
        expect([code, done]).toEqual([0, ["update"]]);
        expect(said).toEqual([notCompared, notCompared]);
        expect(findDrift).toHaveBeenCalledTimes(6);
    });

    const notCompared = "cluster1: not compared with what the stack makes (no answer within 10 s)";

    test("one that refuses ends it in a sentence with the cluster", async () => {
        const refusal = new Error("the API server answers forbidden (HTTP 403)");
        jest.mocked(findDrift).mockRejectedValue(Object.assign(refusal, { code: 403 }));
        await expect(reconciled()).rejects.toThrow(
            "cluster1: the API server answers forbidden (HTTP 403)",
        );
    });
});

test("a broken release is repaired before the update", async () => {
    jest.mocked(findDrift).mockResolvedValueOnce([release]);
    const { done } = await reconciled();
    expect(done).toEqual(["repair", "update"]);
    expect(jest.mocked(prepareRepair)).toHaveBeenCalledWith([release], { api });
});

test("certificates that are to be renewed are renewed where a release is broken, too", async () => {
    jest.mocked(findDrift).mockResolvedValueOnce([release]);
    const { updates } = await reconciled({ replace: ["**::mesh-ca-key"] });
    expect(updates).toEqual([
        { refresh: true, replace: ["**::readiness-wait", "**::mesh-ca-key"] },
    ]);
});

test("what has drifted otherwise is repaired after the update, and the certificates are renewed once", async () => {
    const scaled = { cluster: "cluster1", about: "replicas", repair: { how: "update" } };
    jest.mocked(findDrift)
        .mockResolvedValueOnce([])
        .mockResolvedValueOnce([scaled as unknown as Drift]);
    const { done, updates } = await reconciled({ replace: ["**::mesh-ca-key"] });
    expect(done).toEqual(["update", "repair", "update"]);
    expect(updates[1]).toEqual({ refresh: true, replace: ["**::readiness-wait"] });
});

test("an update that fails is not followed by a look or a deletion", async () => {
    expect(await reconciled(undefined, [255])).toMatchObject({ code: 255, done: ["update"] });
    expect(jest.mocked(findDrift)).toHaveBeenCalledTimes(1);
    expect(jest.mocked(deleteLeftover)).not.toHaveBeenCalled();
});

test("of clusters that the config has no more goes what a killed up left, and no other", async () => {
    await reconciled();
    const deleted = jest.mocked(deleteLeftover).mock.calls.map(([stack, name]) => [stack, name]);
    const unwanted = [3, 4, 5, 6, 7, 8].map((n): [string, ClusterName] => [
        "dev",
        `cluster${n}` as ClusterName,
    ]);
    expect(deleted).toEqual(unwanted);
    expect(jest.mocked(pruneCluster)).not.toHaveBeenCalled();
});

test("an existing cluster that the config has no more is cleared and forgotten, and only that one", async () => {
    for (const cluster of ["cluster2", "cluster3"] as const) {
        writeExistingRecord("dev", cluster, { token: "t", uid: "u" });
    }
    writeFileSync(join(stackFolder("dev"), "cluster3.kubeconfig"), "");
    await reconciled();
    expect(jest.mocked(pruneCluster).mock.calls).toEqual([["dev", "cluster3"]]);
    expect(existsSync(existingRecordPath("dev", "cluster3"))).toBe(false);
    expect(existsSync(join(stackFolder("dev"), "cluster3.kubeconfig"))).toBe(false);
    expect(existsSync(existingRecordPath("dev", "cluster2"))).toBe(true);
});

test("what the stack is made with is remembered before anything is, and accepted only after success", async () => {
    jest.mocked(beginOrigin).mockRejectedValueOnce(new Error("the disk is full"));
    await expect(reconciled()).rejects.toThrow("the disk is full");
    expect(connections).not.toHaveBeenCalled();
    await reconciled({}, [255]);
    expect(acceptOrigin).not.toHaveBeenCalled();
    await reconciled();
    expect(acceptOrigin).toHaveBeenCalledWith("dev");
});
