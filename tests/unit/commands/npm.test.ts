import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { declare as declareBundle } from "../../../src/commands/bundle/bundle";
import { declare as declareClass } from "../../../src/commands/class/class";
import { LabCommand } from "../../../src/commands/command";
import { declare as declareExpected } from "../../../src/commands/expected";
import { declare as declareFlows } from "../../../src/commands/flows";
import { NpmSettings, callersPath, swallowedByNpm } from "../../../src/commands/npm";
import { declare as declarePulumi } from "../../../src/commands/pulumi";
import { declare as declareUp } from "../../../src/commands/up";
import { projectRoot } from "../../../src/config/declaration";

const declarations = {
    up: declareUp,
    class: declareClass,
    bundle: declareBundle,
    pulumi: declarePulumi,
    expected: declareExpected,
    flows: declareFlows,
};

/** The line that a command proposes where npm left these arguments and variables. */
function fix(
    name: keyof typeof declarations,
    args: readonly string[],
    variables: Readonly<Record<string, string>>,
    settings: Partial<NpmSettings> = {},
): string | undefined {
    const env = { npm_lifecycle_event: name, ...variables };
    const command = declarations[name](new LabCommand(name));
    const refusal = swallowedByNpm(command, args, env, () => ({ files: [], ...settings }));
    return refusal?.replace(/^.* Fix: /, "");
}

test("an option that npm kept is refused with the line that was meant", () => {
    const stack = { npm_config_stack: "class-ada" };
    expect(fix("up", [], stack)).toBe("npm run up -- --stack=class-ada");
    expect(fix("up", [], { npm_config_renew_certificates: "true" })).toBe(
        "npm run up -- --renew-certificates",
    );
    expect(fix("expected", ["a=b c"], { npm_config_json: "true" })).toBe(
        "npm run -s expected -- 'a=b c' --json",
    );
    expect(fix("class", ["up", "a.yaml"], { npm_config_parallel: "3" })).toBe(
        "npm run class -- up a.yaml --parallel=3",
    );
    expect(fix("pulumi", ["config", "set", "a", "b"], { npm_config_secret: "true" })).toBe(
        "npm run pulumi -- config set a b --secret",
    );
});

test("a value that npm left among the arguments is put back where that is clear, and asked for elsewhere", () => {
    const apart = { npm_config_stack: "true" };
    expect(fix("up", ["class-ada"], apart)).toBe("npm run up -- --stack=class-ada");
    expect(fix("up", ["a", "b"], { ...apart, npm_config_exercise: "true" })).toBe(
        "npm run up -- --stack=<name> --exercise=<name> …",
    );
    expect(fix("bundle", ["lab2", "out.tar"], apart)).toBe("npm run bundle -- --stack=<name> …");
    expect(fix("class", ["up", "3"], { npm_config_parallel: "true" })).toBe(
        "npm run class -- up --parallel=<number> …",
    );
});

describe("an option that nobody has", () => {
    const npm = { npm_config_user_agent: "npm/11.19.1 node/v20.20.2 linux x64 workspaces/false" };

    test("is refused as well: a mistyped one with what it most likely meant", () => {
        const fixed = (variables: Readonly<Record<string, string>>, args: readonly string[] = []) =>
            fix("up", args, { ...npm, ...variables }, { environment: "" });
        expect(fixed({ npm_config_stac: "lab2" })).toBe("npm run up -- --stack=lab2");
        expect(fixed({ npm_config_exersice: "true" }, ["failover"])).toBe(
            "npm run up -- --exercise=failover",
        );
        expect(fixed({ npm_config_renew_certificate: "true" })).toBe(
            "npm run up -- --renew-certificates",
        );
        expect(fixed({ npm_config_student: "ada" })).toBe("npm run up -- --student=ada");
        expect(
            fix(
                "pulumi",
                ["destroy"],
                { ...npm, npm_config_preview_only: "true", npm_config_r: "true" },
                { environment: "" },
            ),
        ).toBe("npm run pulumi -- destroy --preview-only -r");
    });

    test("is nobody's mistake where npm has it, it may come from the environment, or no npm runs", () => {
        const own = { npm_config_loglevel: "silent", npm_config_prefix: "/usr" };
        expect(fix("up", [], { ...npm, ...own }, { environment: "" })).toBeUndefined();
        const mirror = { npm_config_sharp_binary_host: "https://mirror" };
        const environment = "A=1\0npm_config_sharp_binary_host=https://mirror";
        expect(fix("up", [], { ...npm, ...mirror }, { environment })).toBeUndefined();
        expect(fix("up", [], { ...npm, ...mirror })).toBeUndefined();
        const yarn = { npm_config_user_agent: "yarn/1.22.22 npm/? node/v20", npm_config_stac: "a" };
        expect(fix("up", [], yarn, { environment: "" })).toBeUndefined();
    });
});

test("an option that begins with no- is one, too, though npm makes a false of it", () => {
    expect(fix("flows", [], { npm_config_requests: "" })).toBe("npm run flows -- --no-requests");
    expect(fix("flows", ["--no-requests"], { npm_config_requests: "" })).toBeUndefined();
});

test("what npm always sets, has not been given, or is given behind -- as well, is nobody's mistake", () => {
    expect(fix("up", [], { npm_config_yes: "", npm_config_stack: "" })).toBeUndefined();
    expect(fix("class", ["reap"], { npm_config_yes: "false" })).toBeUndefined();
    const both = { npm_config_stack: "a" };
    expect(fix("up", ["--stack", "b"], both)).toBeUndefined();
    expect(fix("up", ["--stack=b"], both)).toBeUndefined();
});

test("variables of an npm that runs something else, whose command this one is, are not looked at", () => {
    const env = { npm_lifecycle_event: "test:real", npm_config_stack: "a" };
    expect(swallowedByNpm(declareUp(new LabCommand("up")), [], env)).toBeUndefined();
});

test("what is set for npm in the environment or in an .npmrc was not typed here", () => {
    const yes = { npm_config_yes: "true" };
    expect(fix("class", ["reap"], yes, { environment: "" })).toBeDefined();
    expect(fix("class", ["reap"], yes, { environment: "A=1\0npm_config_yes=true\0" })).toBe(
        undefined,
    );
    expect(fix("class", ["reap"], yes, { environment: "NPM_CONFIG_YES=1" })).toBeUndefined();
    expect(fix("class", ["reap"], yes, { files: ["a=1\nyes=true\n"] })).toBeUndefined();
    expect(fix("class", ["reap"], yes, { files: [' yes = "true" '] })).toBeUndefined();
    expect(fix("class", ["reap"], yes, { files: ["yes"] })).toBeUndefined();
    expect(fix("class", ["reap"], yes, { files: ["; yes=true\nyes-x=true"] })).toBeDefined();
    expect(fix("up", [], { npm_config_stack: "b" }, { files: ["stack=a"] })).toBe(
        "npm run up -- --stack=b",
    );
});

test("paths are meant from where npm was called, and else from the process's folder", () => {
    const [, , name] = process.argv;
    const called = { INIT_CWD: "/home/ada/work", npm_lifecycle_event: name };
    expect(callersPath("lab.tar", called)).toBe("/home/ada/work/lab.tar");
    expect(callersPath("/lab.tar", called)).toBe("/lab.tar");
    expect(callersPath("lab.tar", { ...called, npm_lifecycle_event: "another" })).toBe(
        join(process.cwd(), "lab.tar"),
    );
});

describe("with the npm that is installed", () => {
    jest.setTimeout(120_000);
    const folder = mkdtempSync(join(tmpdir(), "lab-npm-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const clean = Object.fromEntries(
        Object.entries(process.env).filter(([key]) => !/^(npm_|INIT_CWD|NODE_)/i.test(key)),
    );

    /** Runs a script of this project, whose .npmrc has this in it, as one types it. */
    function npm(
        args: readonly string[],
        { npmrc = "", env = {} }: { npmrc?: string; env?: NodeJS.ProcessEnv } = {},
    ) {
        writeFileSync(join(folder, "npmrc"), npmrc);
        const { status, stdout, stderr } = spawnSync(
            "npm",
            ["--userconfig", join(folder, "npmrc"), "--prefix", projectRoot, ...args],
            { cwd: folder, env: { ...clean, PULUMI_HOME: folder, ...env }, encoding: "utf8" },
        );
        return { code: status, stdout, stderr: stderr.replace(/^npm warn .*\n/gm, "") };
    }

    test("an option before -- changes nothing and is answered with the right line", () => {
        expect(npm(["run", "-s", "timeline", "--stack=class-ada"])).toEqual({
            code: 2,
            stdout: "",
            stderr: "npm has kept --stack for itself, because there is no -- before it, and nothing was done. Fix: npm run timeline -- --stack=class-ada (help: npm run timeline -- --help)\n",
        });
        expect(npm(["run", "-s", "timeline", "--stack", "class-ada", "--json"]).stderr).toContain(
            "Fix: npm run timeline -- --stack=class-ada --json",
        );
    });

    test("behind -- it reaches the command; what an .npmrc or the environment says is left alone", () => {
        const given = ["run", "-s", "timeline", "--", "--stack=no-such"];
        const ended = { code: 1, stderr: expect.stringContaining("of stack no-such") as string };
        expect(npm(given)).toMatchObject(ended);
        expect(npm(given, { npmrc: "stack=a\njson=true\n" })).toMatchObject(ended);
        if (process.platform === "linux") {
            expect(npm(given, { env: { npm_config_json: "true" } })).toMatchObject(ended);
        }
    });
});
