import { copyFileSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { agedLab, keepOutcome, readOutcome, setValues } from "../../../../src/commands/class/files";
import { projectRoot } from "../../../../src/config/declaration";
import { stackFilePath } from "../../../../src/config/stackFile";
import { recordPath, writeRecord } from "../../../../src/mesh/kind/record";
import { currentBackend } from "../../../../src/stack/environment";
import { originPath } from "../../../../src/stack/origin";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

const outcome = {
    work: "up",
    ok: true,
    reason: "",
    seconds: 1,
    at: "2026-03-01T12:00:00Z",
} as const;

beforeAll(() => copyFileSync("Pulumi.yaml", join(projectRoot, "Pulumi.yaml")));

beforeEach(() => {
    rmSync(join(projectRoot, ".lab"), { recursive: true, force: true });
    mkdirSync(dirname(stackFilePath("dev")), { recursive: true });
    rmSync(stackFilePath("dev"), { force: true });
});

test("a lab was last up when the backend says so, else when its clusters were made", () => {
    const made = new Date("2026-02-01T12:00:00Z");
    const later = new Date("2026-02-02T12:00:00Z");
    for (const [cluster, time] of [
        ["cluster1", later],
        ["cluster2", made],
    ] as const) {
        const path = recordPath("dev", cluster);
        writeRecord(path, { token: "t", identity: "i", phase: "ready" });
        utimesSync(path, time, time);
    }
    const lastUpdate = "2026-03-01T12:00:00Z";
    expect(agedLab("dev", [{ name: "me/dev", lastUpdate }]).lastUp).toBe(Date.parse(lastUpdate));
    expect(agedLab("dev", [{ name: "dev" }]).lastUp).toBe(later.getTime());
    expect(agedLab("dev", []).lastUp).toBe(later.getTime());
    expect(agedLab("other", []).lastUp).toBeUndefined();
});

describe("a lab that another backend has", () => {
    const given = process.env;
    const anHourAgo = new Date("2026-03-01T12:00:00Z");
    const dayAgo = new Date("2026-02-28T12:00:00Z");
    beforeEach(() => {
        const path = recordPath("dev", "cluster1");
        writeRecord(path, { token: "t", identity: "i", phase: "ready" });
        utimesSync(path, dayAgo, dayAgo);
        process.env = { ...given, PULUMI_HOME: projectRoot, PULUMI_BACKEND_URL: "s3://other" };
    });
    afterEach(() => {
        process.env = given;
    });

    test("is not past its time because this one does not know when it was last up", () => {
        expect(agedLab("dev", []).lastUp).toBeUndefined();
        const origin = { backend: { id: "lab", address: "" } };
        writeFileSync(originPath("dev"), JSON.stringify(origin));
        expect(agedLab("dev", [{ name: "dev", lastUpdate: "2026-01-01" }]).lastUp).toBeUndefined();
    });

    test("is known where the backend is the stack's, by the later of what both remember", () => {
        const backend = currentBackend();
        writeFileSync(originPath("dev"), JSON.stringify({ backend }));
        utimesSync(originPath("dev"), anHourAgo, anHourAgo);
        const lastUpdate = dayAgo.toISOString();
        expect(agedLab("dev", [{ name: "dev", lastUpdate }]).lastUp).toBe(anHourAgo.getTime());
        expect(agedLab("dev", []).lastUp).toBe(anHourAgo.getTime());
    });
});

test("a lab's ttlHours is its stack's; of a config that cannot be read it is unknown", () => {
    expect(agedLab("dev", []).ttlHours).toBe(0);
    writeFileSync(stackFilePath("dev"), "config:\n  cilium-global-services:ttlHours: 8\n");
    expect(agedLab("dev", []).ttlHours).toBe(8);
    writeFileSync(stackFilePath("dev"), "config:\n  cilium-global-services:ttlHours: soon\n");
    expect(agedLab("dev", []).ttlHours).toBeUndefined();
});

test("an outcome is kept beside the stack's files, and not where they are gone", () => {
    keepOutcome("dev", outcome);
    expect(readOutcome("dev")).toBeUndefined();
    writeRecord(recordPath("dev", "cluster1"), { token: "t", identity: "i", phase: "ready" });
    keepOutcome("dev", outcome);
    expect(readOutcome("dev")).toEqual(outcome);
});

test("values that are so already are not set again; Pulumi's refusal is one reason", async () => {
    const asked: string[] = [];
    const opened = {
        setAllConfigJson: (json: string) => {
            asked.push(json);
            return Promise.reject(
                new Error(
                    "code: -2\n stdout: \n stderr: Command failed\nerror: locked\n err?: x\n    at y",
                ),
            );
        },
    };
    await setValues(opened, { sharedService: "true" }, { sharedService: "true" });
    expect(asked).toEqual([]);
    await expect(setValues(opened, { sharedService: "false" }, {})).rejects.toThrow(
        new Error("locked"),
    );
    expect(JSON.parse(asked[0]!)).toEqual({
        "cilium-global-services:sharedService": { value: "false", secret: false },
    });
});
