import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../src/config/declaration";
import { ProblemsError } from "../../src/config/problem";
import { readStackConfig, readStackValues, stackFilePath } from "../../src/config/stackFile";
import { configWith } from "../support/defaultConfig";

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

test("a key without a value is not given, and its default holds", () => {
    const text = [
        "config:",
        "  cilium-global-services:xWingReplicas:",
        "  cilium-global-services:serviceAffinity: null",
        "  rebelBaseReplicas: ~",
        '  cilium-global-services:rebelBaseImage: ""',
    ];
    expect(valuesOf(text.join("\n"))).toStrictEqual({ rebelBaseImage: "" });
    expect(readStackConfig("test", root)).toStrictEqual(configWith());
});

test.each(["", "# nothing\n", "config:\n", "config: {}\n", "encryptionsalt: x\n"])(
    "the file %j sets nothing",
    (text) => {
        expect(valuesOf(text)).toStrictEqual({});
    },
);

test.each(["just text\n", "- a\n", "config: text\n", "config: [a]\n"])(
    "the file %j is told to be no stack config",
    (text) => {
        expect(() => valuesOf(text)).toThrow(
            `${stackFilePath("test", root)} is no stack config: it must have keys and values below config:.`,
        );
    },
);

test.each([
    ["that contains itself", "config:\n  ciliumValues: &x {a: *x}\n"],
    ["that is not finite", "config:\n  rebelBaseReplicas: .inf\n"],
])("a value %s is told", (_, text) => {
    expect(() => valuesOf(text)).toThrow(
        "has a value that contains itself or is not finite, or more than 100000 values.",
    );
});

test("numbers are read as Pulumi's YAML parser reads them, and an object with more than `secure` is no secret", () => {
    const text = [
        "config:",
        "  rebelBaseReplicas: 010",
        "  xWingReplicas: 0x2",
        "  ciliumValues: {secure: a, b: 1}",
        "  rebelBaseImage: {secure: v1:abc}",
    ];
    expect(valuesOf(text.join("\n"))).toStrictEqual({
        rebelBaseReplicas: "8",
        xWingReplicas: "2",
        ciliumValues: '{"secure":"a","b":1}',
    });
});

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
