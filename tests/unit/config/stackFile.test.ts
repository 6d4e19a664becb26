import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../../src/config/declaration";
import { ProblemsError } from "../../../src/config/problem";
import {
    readStackClusters,
    readStackConfig,
    readStackValues,
    stackFilePath,
} from "../../../src/config/stackFile";
import { configWith } from "../../support/defaultConfig";

const root = mkdtempSync(join(tmpdir(), "stack-file-"));

beforeAll(() => {
    mkdirSync(join(root, "stacks"));
    copyFileSync(join(projectRoot, "Pulumi.yaml"), join(root, "Pulumi.yaml"));
});
afterAll(() => rmSync(root, { recursive: true }));

/** The values of a stack whose file has this text. */
function valuesOf(text: string): Record<string, string> {
    writeFileSync(stackFilePath("test", root), text);
    return readStackValues("test", root);
}

test("a stack's file is where Pulumi puts it", () => {
    expect(stackFilePath("dev", "/lab")).toBe("/lab/stacks/Pulumi.dev.yaml");
});

test("a stack without a file has no values of its own, and the default config", () => {
    expect(readStackValues("nobody", root)).toStrictEqual({});
    expect(readStackConfig("nobody", root)).toStrictEqual(configWith());
});

test.each([
    ["", ["cluster1", "cluster2"]],
    ["{clusters: 3, sharedService: wrong, clusterz: 1}", ["cluster1", "cluster2", "cluster3"]],
    ["{clusters: wrong}", ["cluster1", "cluster2"]],
])("the clusters of a stack are known whatever else its config says: %s", (config, clusters) => {
    writeFileSync(stackFilePath("test", root), `config: ${config}`);
    expect(readStackClusters("test", root)).toStrictEqual(clusters);
});

test("values are handed out as Pulumi does it: text, objects as JSON", () => {
    const text = [
        "config:",
        '  cilium-global-services:sharedService: "false"',
        "  cilium-global-services:globalService: false",
        "  cilium-global-services:rebelBaseReplicas: 0",
        '  cilium-global-services:rebelBaseImage: ""',
        "  cilium-global-services:ciliumValues: {debug: {enabled: true}}",
    ].join("\n");
    expect(valuesOf(text)).toStrictEqual({
        sharedService: "false",
        globalService: "false",
        rebelBaseReplicas: "0",
        rebelBaseImage: "",
        ciliumValues: '{"debug":{"enabled":true}}',
    });
});

test("encrypted values and other namespaces are left out", () => {
    const text = [
        "encryptionsalt: v1:abc",
        "config:",
        "  kubernetes:context: mine",
        "  cilium-global-services:podCidr: {secure: v1:abc}",
        "  cilium-global-services:xWingReplicas: 3",
    ].join("\n");
    expect(valuesOf(text)).toStrictEqual({ xWingReplicas: "3" });
});

test("a key without a namespace is the project's, as it is to Pulumi", () => {
    const text = ["config:", "  xWingReplicas: 3", "  other:podCidr: x", "  podCidr: {secure: s}"];
    expect(valuesOf(text.join("\n"))).toStrictEqual({ xWingReplicas: "3" });
});

test("a key without a value has an empty one, as to Pulumi, which is legal only where empty is", () => {
    const text = [
        "config:",
        "  cilium-global-services:xWingReplicas:",
        "  cilium-global-services:serviceAffinity: null",
        "  rebelBaseImage: ~",
    ];
    expect(valuesOf(text.join("\n"))).toStrictEqual({
        xWingReplicas: "",
        serviceAffinity: "",
        rebelBaseImage: "",
    });
    expect(() => readStackConfig("test", root)).toThrow(
        /^2 problems; .*\n.*serviceAffinity is "".*\n.*\n.*xWingReplicas is ""/,
    );
});

test("numbers, booleans and texts are what Pulumi's parser makes of them", () => {
    const texts = {
        ...{
            "010": "8",
            "-07": "-7",
            "08": "8",
            "0x10": "16",
            "0o17": "15",
            "0b11": "3",
            "+1": "1",
        },
        ...{
            "1e1": "10",
            "1.0": "1",
            "-0": "0",
            True: "true",
            yes: "yes",
            "2024-01-01": "2024-01-01",
        },
    };
    for (const [written, read] of Object.entries(texts)) {
        expect(valuesOf(`config:\n  key: ${written}\n`)).toStrictEqual({ key: read });
    }
    expect(valuesOf("a: &a {key: 1}\nconfig:\n  <<: *a\n  other: 2\n")).toStrictEqual({
        key: "1",
        other: "2",
    });
});

test("only what Pulumi takes for encrypted is left out", () => {
    const text = ["config:", "  a: {secure: s, x: 1}", "  b: {secure: 5}", "  c: {secure: s}"];
    expect(valuesOf(text.join("\n"))).toStrictEqual({
        a: '{"secure":"s","x":1}',
        b: '{"secure":5}',
    });
});

test.each(["just text\n", "[a, b]\n", "5\n", "config: text\n", "config: 5\n", "config: [a]\n"])(
    "the file %j, which Pulumi cannot read, is one problem that names it",
    (text) => {
        const path = stackFilePath("test", root);
        expect(() => valuesOf(text)).toThrow(
            new ProblemsError([
                {
                    message: `${path} is no stack config: it must have keys and values below config:.`,
                    fix: `edit ${path}`,
                },
            ]),
        );
    },
);

/** Each alias ten times in the next: 10 to the power of 7 values from a few lines. */
const bomb = [0, 1, 2, 3, 4, 5, 6]
    .map(
        (n) =>
            `a${n}: &a${n} [${Array(10)
                .fill(n === 0 ? "x" : `*a${n - 1}`)
                .join(", ")}]\n`,
    )
    .join("");

test.each([
    "config:\n  ciliumValues: &a {b: *a}\n",
    "config:\n  rebelBaseReplicas: .nan\n",
    "config:\n  ciliumValues: {a: [.inf]}\n",
    `${bomb}config:\n  ciliumValues: {a: *a6}\n`,
])("a value that is not plain data is one problem that names the file", (text) => {
    expect(() => valuesOf(text)).toThrow(
        /^1 problem; .*\n {2}- \S+ has a value that contains itself or is not finite, or more than 100000 values\.\n {4}Fix: edit \S+$/,
    );
});

test("what the parser quotes from a file is short and cannot write on the terminal", () => {
    expect(() => valuesOf("config: !<%1b[31m%c2%9b> x\n")).toThrow(
        /^[^\u001b\u009b]*unknown tag[^\u001b\u009b]*$/,
    );
    expect(() => valuesOf(`config: *${"a".repeat(10_000)}\n`)).toThrow(/^.{1,60}\n.{1,400}…\.\n/);
});

test.each(["", "# nothing\n", "config:\n", "config: {}\n", "encryptionsalt: x\n"])(
    "the file %j sets nothing",
    (text) => {
        expect(valuesOf(text)).toStrictEqual({});
    },
);

test("a file that is no YAML is a problem that names it, and its reason", () => {
    const path = stackFilePath("test", root);
    expect(() => valuesOf("config: [\n")).toThrow(ProblemsError);
    expect(() => valuesOf("a: 1\na: 2\n")).toThrow(
        `  - ${path} is not valid YAML: duplicated mapping key (2:1).\n    Fix: edit ${path}`,
    );
});

test("a config with mistakes is thrown with all of them", () => {
    valuesOf("config:\n  cilium-global-services:podCidr: x\n  cilium-global-services:y: 1\n");
    expect(() => readStackConfig("test", root)).toThrow(
        /^2 problems; .*\n.*y is not.*\n.*\n.*podCidr is "x"/,
    );
});
