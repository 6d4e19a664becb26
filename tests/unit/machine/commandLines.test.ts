import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { commandLineOf, commandLines } from "../../../src/machine/commandLines";

(existsSync("/proc/self/stat") ? test : test.skip)(
    "command lines are told where there is no ps, or only BusyBox's",
    () => {
        const child = spawn(process.execPath, ["-e", "setTimeout(() => 0, 60000)", "--", "a b"]);
        const { PATH } = process.env;
        process.env.PATH = "/nowhere";
        try {
            expect(commandLineOf(child.pid!)).toMatch(/ -- a b/);
            expect(commandLines()).toContainEqual(expect.stringMatching(/ -- a b $/));
        } finally {
            process.env.PATH = PATH;
            child.kill("SIGKILL");
        }
    },
);

test("a process that is gone has none", () => {
    expect(commandLineOf(spawnSync("true").pid)).toBeUndefined();
    expect(commandLineOf(0)).toBeUndefined();
});
