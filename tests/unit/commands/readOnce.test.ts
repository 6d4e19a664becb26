import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProjectCopy, copyProject, fakeMachine, fakePulumi } from "../../support/projectCopy";

describe("one command reads each file once", () => {
    let copy: ProjectCopy;

    beforeEach(() => {
        copy = copyProject();
        mkdirSync(join(copy.folder, "stacks"));
        writeFileSync(
            join(copy.folder, "stacks", "Pulumi.dev.yaml"),
            "config:\n  cilium-global-services:sharedService: false\n",
        );
        // Every text that is parsed as YAML is noted by what it begins with.
        writeFileSync(
            join(copy.folder, "count.cjs"),
            `const fs = require("fs");
const yaml = require("./node_modules/js-yaml/dist/js-yaml.js");
const load = yaml.load;
yaml.load = (text, ...rest) => {
    if (/^(# )?(name: cilium|config:)/.test(text)) {
        fs.appendFileSync(${JSON.stringify(join(copy.folder, "parsed"))}, text.slice(0, 4) + "\\n");
    }
    return load(text, ...rest);
};`,
        );
        fakeMachine(
            copy,
            `echo "$*" >>"$(dirname "$0")/engine"
            [ ! -e "$(dirname "$0")/stopped" ] || { echo "Cannot connect to the Docker daemon" >&2; exit 1; }`,
        );
        // Once it is up, the engine is gone: so the proof does not wait for clusters that nobody made.
        fakePulumi(copy, `up*) cd "$(dirname "$0")"; touch stopped; echo "pulumi up" >>engine ;;`);
    });

    /** How often the command parsed Pulumi.yaml and the stack file. */
    function parsed(command: string, args: readonly string[] = []) {
        const nodeArgs = ["--require", join(copy.folder, "count.cjs")];
        const { stdout, stderr } = copy.run(command, args, { nodeArgs });
        const begins = readFileSync(join(copy.folder, "parsed"), "utf8").trim().split("\n");
        const times = (begin: string) => begins.filter((text) => text === begin).length;
        return { project: times("name"), stack: times("conf"), said: stdout + stderr };
    }

    test("an up without a change", () => {
        const { said, ...times } = parsed("up");
        // It went all the way: there is no cluster to ask behind this Pulumi.
        expect(said).toContain("Must answer:");
        expect(times).toEqual({ project: 1, stack: 1 });
    });

    test.each([
        ["a new stack", {}],
        [
            "one whose clusters are on a known engine",
            {
                "origin.json": {
                    backend: { id: "lab", address: "" },
                    passphrase: "lab",
                    engine: { program: "docker" },
                },
                "cluster1.json": { token: "a", identity: "b", phase: "ready" },
            },
        ],
    ])(
        "an up of %s asks the engine once how it is; the proof looks whether it is gone",
        (_, files) => {
            const folder = join(copy.folder, ".lab", "stacks", "dev");
            mkdirSync(folder, { recursive: true });
            for (const [name, content] of Object.entries(files)) {
                writeFileSync(join(folder, name), JSON.stringify(content));
            }
            parsed("up");
            const asked = readFileSync(join(copy.folder, "engine"), "utf8").split("\n");
            const update = asked.indexOf("pulumi up");
            const questions = (lines: readonly string[]) =>
                lines.filter((line) => line.startsWith("info") || line.startsWith("network"));
            expect(questions(asked.slice(0, update))).toEqual(["info --format {{json .}}"]);
            expect(questions(asked.slice(update))).toEqual(["info --format {{json .}}"]);
        },
    );

    test.each([
        ["verify", ["--within", "0"], { project: 1, stack: 1 }],
        ["env", [], { project: 1, stack: 1 }],
        ["expected", [], { project: 1, stack: 0 }],
        ["down", [], { project: 1, stack: 1 }],
    ])("%s", (command, args, times) => {
        expect(parsed(command, args)).toMatchObject(times);
    });
});
