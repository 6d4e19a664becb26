import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
    ephemeralStackFile,
    isKnown,
    markEphemeral,
    readMark,
    unmark,
} from "../../../../src/commands/ephemeral/mark";
import { projectRoot, readProject } from "../../../../src/config/declaration";
import { stackFilePath } from "../../../../src/config/stackFile";
import { labFolder, stackFolder } from "../../../../src/machine/names";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

const project = readProject(join(__dirname, "..", "..", "..", ".."));

test("settings are put over a given stack file, objects as objects", () => {
    const base = "config:\n  cilium-global-services:nodeImage: a\n  other:key: kept\n";
    const settings = [
        "nodeImage=b@sha256:c=d",
        " xWingReplicas = 1 ",
        'ciliumValues={"debug":{"enabled":true}}',
    ];
    expect(ephemeralStackFile(settings, project, base)).toBe(`config:
  cilium-global-services:nodeImage: b@sha256:c=d
  other:key: kept
  cilium-global-services:xWingReplicas: '1'
  cilium-global-services:ciliumValues:
    debug:
      enabled: true
`);
});

test("a value of the given file is what Pulumi reads it as, not a date or another number", () => {
    const base = "config:\n  other:day: 2026-03-01\n  other:mode: 010\n";
    expect(ephemeralStackFile([], project, base)).toBe(
        "config:\n  other:day: '2026-03-01'\n  other:mode: 8\n",
    );
});

test("a setting replaces a key of the file that has no project's name before it", () => {
    const settings = ["xWingReplicas=1", "xWingReplicas=1"];
    expect(ephemeralStackFile(settings, project, "config:\n  xWingReplicas: 3\n")).toBe(
        "config:\n  cilium-global-services:xWingReplicas: '1'\n",
    );
    expect(ephemeralStackFile(settings, project, "config:\n")).toBe(
        "config:\n  cilium-global-services:xWingReplicas: '1'\n",
    );
});

test("a key may have the project's name before it, as pulumi config shows it", () => {
    const settings = ["cilium-global-services:xWingReplicas=1"];
    expect(ephemeralStackFile(settings, project)).toBe(
        "config:\n  cilium-global-services:xWingReplicas: '1'\n",
    );
});

test.each([
    [["other:nodeImage=x"], "", '--set is "other:nodeImage=x"; it must be key=value'],
    [
        ["xWingReplicas=1", "cilium-global-services:xWingReplicas=2"],
        "",
        "--set gives cilium-global-services:xWingReplicas two values; it must be one of them",
    ],
    [["nodeImage"], "", '--set is "nodeImage"; it must be key=value'],
    [["ciliumValues=x"], "", '--set ciliumValues is "x"; it must be an object in JSON'],
    [[], "text", "--stack-config is no stack config: it must have keys below config:"],
    [[], "config: text", "--stack-config is no stack config: it must have keys below config:"],
])("the settings %j over the file %j are refused", (settings, base, message) => {
    expect(() => ephemeralStackFile(settings, project, base)).toThrow(message);
});

test("a lab is known from its mark to its end, and leaves no config behind", () => {
    mkdirSync(join(projectRoot, "stacks"), { recursive: true });
    expect(isKnown("ci-1")).toBe(false);
    markEphemeral("ci-1", { output: "/reports" }, "config: {}\n");
    expect(isKnown("ci-1")).toBe(true);
    expect(readMark("ci-1")).toEqual({ output: "/reports" });
    expect(readFileSync(stackFilePath("ci-1"), "utf8")).toBe("config: {}\n");
    unmark("ci-1");
    expect(readMark("ci-1")).toBeUndefined();
    expect(isKnown("ci-1")).toBe(false);
});

test("a lab whose config cannot be written is not known", () => {
    const folder = join(projectRoot, "stacks");
    rmSync(folder, { recursive: true, force: true });
    writeFileSync(folder, "");
    expect(() => markEphemeral("ci-2", { output: "/reports" }, "config: {}\n")).toThrow(
        `${folder} is a file where a folder is meant`,
    );
    rmSync(folder);
    expect(isKnown("ci-2")).toBe(false);
});

test("a stack that has a config or files is known: an ephemeral lab must not take it away", () => {
    mkdirSync(join(stackFolder("dev"), "lock.json"), { recursive: true });
    expect(isKnown("dev")).toBe(false);
    writeFileSync(join(stackFolder("dev"), "cluster1.json"), "");
    expect(isKnown("dev")).toBe(true);
    expect(isKnown("devel")).toBe(false);
});

test.each(["", "{", "[]", '{"output": 1}'])(
    "a mark that a power cut has left as %j still tells of its lab, which has to come down",
    (text) => {
        markEphemeral("ci-2", { output: "/reports" }, "config: {}\n");
        writeFileSync(join(labFolder, "ephemeral", "ci-2.json"), text);
        expect(readMark("ci-2")).toEqual({ output: join(labFolder, "ephemeral", "ci-2") });
        expect(isKnown("ci-2")).toBe(true);
        unmark("ci-2");
    },
);
