import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectRoot } from "../../../../src/config/declaration";
import { newToken, writeOnce, writeWhole } from "../../../../src/machine/files";
import {
    ClusterRecord,
    readRecord,
    recordPath,
    recordedAt,
    recordedStacks,
    removeRecord,
    writeRecord,
} from "../../../../src/mesh/kind/record";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

const path = recordPath("dev", "cluster1");
const record: ClusterRecord = { token: "t", identity: "i", phase: "creating", pid: 7 };

test("a record is kept below the stack's folder", () => {
    expect(path).toBe(join(projectRoot, ".lab", "stacks", "dev", "cluster1.json"));
    expect(recordPath("a.b", "cluster2")).toBe(
        join(projectRoot, ".lab", "stacks", "a.b", "cluster2.json"),
    );
});

test("what is written is read back", () => {
    writeRecord(path, record);
    expect(readRecord(path)).toEqual(record);
});

test("a file that was there is replaced as a whole, and no part of it stays behind", () => {
    writeWhole(path, "x".repeat(1000));
    writeRecord(path, record);
    expect(readFileSync(path, "utf8")).toBe(`${JSON.stringify(record)}\n`);
    expect(readdirSync(dirname(path))).toEqual(["cluster1.json"]);
});

test("only its owner reads the file, even one that others could read before", () => {
    writeFileSync(path, "", { mode: 0o644 });
    writeRecord(path, record);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
});

test("a new token is sixteen hexadecimal digits, another each time", () => {
    const tokens = Array.from({ length: 100 }, newToken);
    tokens.forEach((token) => expect(token).toMatch(/^[a-f0-9]{16}$/));
    expect(new Set(tokens).size).toBe(100);
});

test("of two that write a file once, the first does, for its owner only, and nothing else is left", () => {
    const once = join(dirname(path), "once");
    rmSync(once, { force: true });
    expect([writeOnce(once, "first"), writeOnce(once, "second")]).toEqual([true, false]);
    expect(readFileSync(once, "utf8")).toBe("first");
    expect(statSync(once).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(path)).filter((file) => file.startsWith("once"))).toEqual(["once"]);
});

test("a removed record is gone, and can be removed again", () => {
    writeRecord(path, record);
    removeRecord(path);
    removeRecord(path);
    expect(readRecord(path)).toBeUndefined();
});

const odd = (more: object) =>
    JSON.stringify({ token: "t", identity: "i", phase: "ready", ...more });

test.each([
    ...["", "{", "null", "[]", '{"token": "t"}', '{"token": 1, "identity": "i"}'],
    ...[
        { phase: "moving" },
        { pid: "7" },
        { pid: 1.5 },
        { made: 5 },
        { made: { nodeImage: 5 } },
    ].map(odd),
])(
    "a file with %j in it is a damaged record, which is told and never taken for none",
    (content) => {
        writeWhole(path, content);
        expect(() => readRecord(path)).toThrow(`${path} is damaged`);
        expect(() => readRecord(path)).toThrow("Fix: look whether its cluster is there");
        removeRecord(path);
    },
);

test("a folder in the place of a record is told, and never taken for none", () => {
    mkdirSync(path, { recursive: true });
    expect(() => readRecord(path)).toThrow(`${path} cannot be read: it is a folder`);
    rmSync(path, { recursive: true });
});

test("the stacks of which a cluster is remembered are listed, and nothing else that is there", () => {
    rmSync(join(projectRoot, ".lab"), { recursive: true, force: true });
    expect(recordedStacks()).toEqual([]);
    writeRecord(recordPath("dev", "cluster2"), record);
    writeRecord(recordPath("Ada.9", "cluster1"), record);
    writeWhole(join(dirname(dirname(recordPath("dev", "cluster1"))), "%zz", "cluster1.json"), "{}");
    writeWhole(join(dirname(recordPath("empty", "cluster1")), "report.html"), "");
    expect(recordedStacks()).toEqual(["Ada.9", "dev"]);
});

test("a record tells when it was written", () => {
    const before = Date.now();
    writeRecord(path, record);
    expect(Math.abs(recordedAt(path)! - before)).toBeLessThan(10_000);
    removeRecord(path);
    expect(recordedAt(path)).toBeUndefined();
});
