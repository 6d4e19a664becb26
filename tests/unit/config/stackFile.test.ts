import { spawnSync } from "node:child_process";
import fs, {
    copyFileSync,
    mkdirSync,
    mkdtempSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clustersOf } from "../../../src/config/clusters";
import { projectRoot, readProject } from "../../../src/config/declaration";
import { ProblemsError } from "../../../src/config/problem";
import { readStackFile, readStackValues, stackFilePath } from "../../../src/config/stackFile";
import { configWith, stackConfig } from "../../support/defaultConfig";

const root = mkdtempSync(join(tmpdir(), "stack-file-"));

beforeAll(() => {
    mkdirSync(join(root, "stacks"));
    copyFileSync(join(projectRoot, "Pulumi.yaml"), join(root, "Pulumi.yaml"));
});
afterAll(() => rmSync(root, { recursive: true }));

/** The values of a stack whose file has this text. */
function valuesOf(text: string): Readonly<Record<string, string>> {
    writeFileSync(stackFilePath("test", root), text);
    return readStackValues("test", root);
}

test("a stack's file is where Pulumi puts it", () => {
    expect(stackFilePath("dev", "/lab")).toBe("/lab/stacks/Pulumi.dev.yaml");
});

test("a stack without a file has no values of its own, and the default config", () => {
    expect(readStackValues("nobody", root)).toStrictEqual({});
    expect(stackConfig("nobody", root)).toStrictEqual(configWith());
});

test.each([
    ["", ["cluster1", "cluster2"]],
    ["{clusters: 3, sharedService: wrong, clusterz: 1}", ["cluster1", "cluster2", "cluster3"]],
    ["{clusters: wrong}", ["cluster1", "cluster2"]],
])("the clusters of a stack are known whatever else its config says: %s", (config, clusters) => {
    writeFileSync(stackFilePath("test", root), `config: ${config}`);
    expect(clustersOf(readStackFile("test", root).values, readProject(root))).toStrictEqual(
        clusters,
    );
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

test("other namespaces are left out, encrypted or not", () => {
    const text = [
        "encryptionsalt: v1:abc",
        "config:",
        "  kubernetes:context: mine",
        "  kubernetes:kubeconfig: {secure: v1:abc}",
        "  cilium-global-services:xWingReplicas: 3",
    ].join("\n");
    expect(valuesOf(text)).toStrictEqual({ xWingReplicas: "3" });
});

test("a key without a namespace is the project's, as it is to Pulumi", () => {
    const text = ["config:", "  xWingReplicas: 3", "  other:region: x"];
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
    expect(() => stackConfig("test", root)).toThrow(
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

test("what only looks encrypted is a value, as to Pulumi", () => {
    const text = ["config:", "  a: {secure: s, x: 1}", "  b: {secure: 5}", "  x:c: {secure: s}"];
    expect(valuesOf(text.join("\n"))).toStrictEqual({
        a: '{"secure":"s","x":1}',
        b: '{"secure":5}',
    });
});

/** The problems of a stack file with this text, the file's path as FILE. */
function problemsOf(text: string): (readonly [string, string | undefined])[] {
    const tell = (said: string | undefined) =>
        said?.replaceAll(stackFilePath("test", root), "FILE");
    try {
        valuesOf(text);
        return [];
    } catch (error) {
        const { problems } = error as ProblemsError;
        return problems.map(({ message, fix }) => [tell(message)!, tell(fix)] as const);
    }
}

const set = (key: string) => `pulumi config set ${key} <value>`;

test.each<[string, string, string]>([
    [
        "config: {nodeImage: {secure: v1:x}}",
        "nodeImage is encrypted, so only Pulumi can read it; nothing in the lab's config is a secret.",
        "pulumi config set --plaintext nodeImage <value>",
    ],
    [
        'config: {"cilium-global-services:ciliumValues": {a: [{"secure": "v1:x"}]}}',
        "ciliumValues is encrypted, so only Pulumi can read it; nothing in the lab's config is a secret.",
        "pulumi config set --plaintext ciliumValues <value>",
    ],
    [
        "environment: [team/dev]\nconfig: {}",
        "FILE has environment: (Pulumi ESC), whose values only Pulumi can read; the lab's commands would go by others.",
        "put the values below config:, pulumi config set <key> <value>, and take environment: out",
    ],
    [
        "environment: {imports: [x]}",
        "FILE has environment: (Pulumi ESC), whose values only Pulumi can read; the lab's commands would go by others.",
        "put the values below config:, pulumi config set <key> <value>, and take environment: out",
    ],
    [
        "config: {cilium-global-service:sharedService: false}",
        '"cilium-global-service:sharedService" has the namespace "cilium-global-service", so nobody reads it; this project\'s is cilium-global-services, and can be left out.',
        `pulumi config rm cilium-global-service:sharedService && ${set("sharedService")}`,
    ],
    [
        "config: {Cilium-Global-Services:sharedServce: false}",
        '"Cilium-Global-Services:sharedServce" has the namespace "Cilium-Global-Services", so nobody reads it; this project\'s is cilium-global-services, and can be left out.',
        `pulumi config rm Cilium-Global-Services:sharedServce && ${set("sharedService")}`,
    ],
    [
        "config: {lab:cluster3SharedService: false}",
        '"lab:cluster3SharedService" has the namespace "lab", so nobody reads it; this project\'s is cilium-global-services, and can be left out.',
        `pulumi config rm lab:cluster3SharedService && ${set("cluster3SharedService")}`,
    ],
    [
        "sharedService: false",
        'FILE has "sharedService" beside config:, where nobody reads it.',
        `take it out there, and ${set("sharedService")}`,
    ],
    [
        "config: {}\ncilium-global-services:SharedServices: false",
        'FILE has "cilium-global-services:SharedServices" beside config:, where nobody reads it.',
        `take it out there, and ${set("sharedService")}`,
    ],
    [
        "Config: {sharedService: false}",
        'FILE has "Config", which nobody reads; did you mean config?',
        "edit FILE",
    ],
    [
        "config: {sharedService: false, cilium-global-services:sharedService: true}",
        'FILE has "sharedService" twice, with the project\'s name before it and without.',
        "edit FILE",
    ],
])(
    "of %j, what would go unheeded or is Pulumi's alone is refused with what to do",
    (text, message, fix) => {
        expect(problemsOf(text)).toEqual([[message, fix]]);
    },
);

test("all of it is told at once", () => {
    const text = "xWingReplicas: 1\nconfig: {lab:podCidr: x, nodeImage: {secure: v1:x}}";
    expect(problemsOf(text)).toHaveLength(3);
});

test("what is others' or Pulumi's own stays", () => {
    const lines = [
        ...[
            "encryptionsalt: v1:x",
            "encryptedkey: x",
            "secretsprovider: default",
            "environment: []",
        ],
        ...["base: &base {xWingReplicas: 1}", "config:", "  <<: *base", "  pulumi:tags: {a: b}"],
        ...["  kubernetes:kubeconfig: x", "  aws:region: eu", "  eks:clusters: 3"],
        ...["  github:token: {secure: v1:x}", "  cilium-global-services:config:ttlHours: 8"],
    ];
    expect(valuesOf(lines.join("\n"))).toEqual({ xWingReplicas: "1", ttlHours: "8" });
});

test("a pipe is refused at once, as nobody may ever write to it; the null device is an empty file", () => {
    const path = stackFilePath("test", root);
    rmSync(path, { force: true });
    expect(spawnSync("mkfifo", [path]).status).toBe(0);
    expect(() => readStackValues("test", root)).toThrow(
        `${path} cannot be read: it is a pipe, a socket or a device where a file is meant.\n    Fix: mv ${path} ${path}.old`,
    );
    rmSync(path);
    symlinkSync("/dev/null", path);
    expect(readStackValues("test", root)).toEqual({});
    rmSync(path);
});

test("a file of many megabytes is refused, as it would be parsed for minutes in silence", () => {
    const path = stackFilePath("test", root);
    writeFileSync(path, `# ${"x".repeat(2 ** 21)}\n`);
    expect(() => readStackValues("test", root)).toThrow(
        `${path} has 3 MiB; it must have at most 2.\n    Fix: edit ${path}`,
    );
    rmSync(path);
});

test("a file that cannot be read is no file without values", () => {
    const path = stackFilePath("test", root);
    rmSync(path, { force: true });
    mkdirSync(path);
    expect(() => readStackValues("test", root)).toThrow(
        `${path} cannot be read: it is a folder where a file is meant.\n    Fix: mv ${path} ${path}.old`,
    );
    rmSync(path, { recursive: true });
    writeFileSync(path, "");
    const denied = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
    jest.spyOn(fs, "readFileSync").mockImplementationOnce(() => {
        throw denied;
    });
    expect(() => readStackValues("test", root)).toThrow(
        /Pulumi.test.yaml cannot be read: permission denied, perhaps after a run with sudo\.\n {4}Fix: sudo chown -R/,
    );
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
    expect(() => stackConfig("test", root)).toThrow(
        /^2 problems; .*\n.*y is not.*\n.*\n.*podCidr is "x"/,
    );
});

describe("a file that only looks like the stack's", () => {
    const own = stackFilePath("test", root);
    const strays = ["Pulumi.test.yaml", "stacks/Pulumi.test.yml", "stacks/Pulumi.test.json"];
    afterEach(() => strays.forEach((file) => rmSync(join(root, file), { force: true })));

    test.each(strays)("%s is a problem, as nobody reads it", (file) => {
        rmSync(own, { force: true });
        writeFileSync(join(root, file), "config:\n  sharedService: false\n");
        expect(() => readStackValues("test", root)).toThrow(
            `  - ${file} is not read; the config of stack test is stacks/Pulumi.test.yaml.\n    Fix: mv '${file}' 'stacks/Pulumi.test.yaml'`,
        );
    });

    test("is not moved over the stack's own", () => {
        writeFileSync(join(root, "Pulumi.test.yaml"), "config: {}\n");
        expect(() => valuesOf("config:\n  sharedService: false\n")).toThrow(
            "Fix: take what you need of it over with pulumi config set, and mv 'Pulumi.test.yaml' 'Pulumi.test.yaml.old'",
        );
    });
});

test.each([
    ["Latin-1", Buffer.from("# f\u00fcr alle\nconfig:\n  sharedService: false\n", "latin1")],
    ["UTF-16, as PowerShell writes it", Buffer.from("\ufeffconfig:\n", "utf16le")],
])("a file in %s is refused, not read with other signs in it", (_, bytes) => {
    const path = stackFilePath("test", root);
    writeFileSync(path, bytes);
    expect(() => readStackFile("test", root)).toThrow(
        `  - ${path} is not in UTF-8.\n    Fix: save it in UTF-8, e.g. with an editor`,
    );
});

test.each(['\'{"debug": {"enabled": true}}\'', "|\n    {}", "''"])(
    "a text where Pulumi takes an object alone is refused: %s",
    (text) => {
        expect(() => valuesOf(`config:\n  ciliumValues: ${text}\n`)).toThrow(
            `${stackFilePath("test", root)} has a text for ciliumValues, in quotes or behind a | or >; Pulumi takes an object alone.`,
        );
        expect(valuesOf("config:\n  ciliumValues: {}\n")).toEqual({ ciliumValues: "{}" });
    },
);
