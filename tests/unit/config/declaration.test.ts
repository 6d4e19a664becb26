import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as yaml from "js-yaml";
import { rawValue, readProject } from "../../../src/config/declaration";
import { configKey, releaseKeys } from "../../../src/config/labConfig";
import { readText } from "../../support/committed";

const { name, declarations } = readProject();

test("the project's name is the namespace of its keys; keys of other namespaces are left out", () => {
    expect(name).toBe("cilium-global-services");
    const all = Object.keys((yaml.load(readText("Pulumi.yaml")) as { config: object }).config);
    expect(all).toContain("pulumi:disable-default-providers");
    expect(Object.keys(declarations)).toStrictEqual(all.filter((key) => !key.includes(":")));
});

test.each(Object.entries(declarations))(
    "%s is declared with a type of Pulumi's, a default of that type and a description",
    (_, { type, default: value, description }) => {
        const types: Record<string, (given: unknown) => boolean> = {
            boolean: (given) => typeof given === "boolean",
            integer: Number.isInteger,
            string: (given) => typeof given === "string",
            object: (given) => typeof given === "object" && given !== null,
        };
        expect(Object.keys(types)).toContain(type);
        expect(types[type]!(value)).toBe(true);
        // Sentences without a full stop, short enough for `pulumi config`.
        expect(description).toMatch(/^\S.{10,110}[^.\s]$/);
    },
);

test("a key of cluster2 is declared like that of cluster1", () => {
    const ofCluster2 = Object.keys(declarations).filter((key) => key.startsWith("cluster2"));
    const ofRelease = releaseKeys.map((key) => configKey("cluster2", key));
    expect(ofCluster2).toHaveLength(9 + ofRelease.length);
    for (const key of ofCluster2.filter((one) => !ofRelease.includes(one))) {
        const own = `${key[8]!.toLowerCase()}${key.slice(9)}`;
        const declared = { ...declarations[own]!, default: declarations[key]!.default };
        expect(declarations[key]).toStrictEqual({
            ...declared,
            description: declared.description.replace("cluster1", "cluster2"),
        });
    }
});

test.each(releaseKeys)("%s is cluster2's, too, unless it has its own", (key) => {
    const { default: own, description } = declarations[configKey("cluster2", key)]!;
    expect(own).toBe("");
    expect(description).toMatch(new RegExp(`^cluster2: .*; empty is ${key}$`));
});

test("a project elsewhere is read from its own Pulumi.yaml", () => {
    const root = mkdtempSync(join(tmpdir(), "declaration-"));
    try {
        const replicas = { type: "integer", description: "How many", default: 1 };
        const config = { "other:key": { value: 1 }, replicas };
        writeFileSync(join(root, "Pulumi.yaml"), yaml.dump({ name: "elsewhere", config }));
        expect(readProject(root)).toStrictEqual({ name: "elsewhere", declarations: { replicas } });
    } finally {
        rmSync(root, { recursive: true });
    }
});

test.each([
    ["text", "text"],
    ["", ""],
    ["2", "2"],
    [2, "2"],
    [0, "0"],
    [true, "true"],
    [false, "false"],
    [null, "null"],
    [{ a: { b: [1, "c"] } }, '{"a":{"b":[1,"c"]}}'],
])("the value %j is handed to the program as %s", (value, raw) => {
    expect(rawValue(value)).toBe(raw);
});
