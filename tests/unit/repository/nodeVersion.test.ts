import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import * as semver from "semver";
import { projectRoot } from "../../../src/config/declaration";
import { readText } from "../../support/committed";

const script = join(projectRoot, "src", "nodeVersion.cjs");
const { engines } = JSON.parse(readText("package.json")) as { engines: { node: string } };

/** What a Node.js of this version says before anything is loaded, and its exit code; undefined if it goes on. */
function guarded(node: string): { said: string; code: number } | undefined {
    let said = "";
    let code: number | undefined;
    const process = {
        versions: { node },
        stderr: { write: (text: string) => (said += text) },
        exit: (given: number) => (code = given),
    };
    runInNewContext(readFileSync(script, "utf8"), { process });
    return code === undefined ? undefined : { said, code };
}

test("the versions that are refused are those that package.json does not have", () => {
    expect(engines.node).toBe("^20.19 || >=22.12");
    for (const major of [16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 30]) {
        for (const minor of [0, 11, 12, 18, 19, 20]) {
            const version = `${major}.${minor}.0`;
            expect([version, guarded(version) === undefined]).toEqual([
                version,
                semver.satisfies(version, engines.node),
            ]);
        }
    }
});

test("a Node.js that is refused says so in one sentence and ends in 2", () => {
    expect(guarded("22.11.0")).toEqual({
        said: "Node.js 22.11.0 does not run this project; it needs 20.19 or a later 20, or 22.12 or later. Fix: install one from https://nodejs.org/\n",
        code: 2,
    });
});

test("the commands and Pulumi's program ask before they load anything else, and so does .ci/run", () => {
    const [first] = /require\(.*\)/.exec(readText("src", "loader.cjs"))!;
    expect(first).toBe('require("./nodeVersion.cjs")');
    expect(readText("Pulumi.yaml")).toContain('nodeargs: "--require ./src/loader.cjs"');
    expect(readText(".ci", "run")).toMatch(/^node src\/nodeVersion\.cjs \|\| exit 1\n\nnpm ci/m);
    const { scripts } = JSON.parse(readText("package.json")) as {
        scripts: Record<string, string>;
    };
    const own = Object.values(scripts).filter((line) => line.includes(".ts"));
    expect(own.length).toBeGreaterThan(10);
    own.forEach((line) => expect(line).toMatch(/^(exec )?node --require \.\/src\/loader\.cjs /));
    expect(spawnSync(process.execPath, [script]).status).toBe(0);
});
