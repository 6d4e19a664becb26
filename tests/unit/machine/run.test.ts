import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSignal, isSpawnError, lastLine, run, runAsSource } from "../../../src/machine/run";

/** Runs a small program of Node's. */
function runScript(script: string, options: Parameters<typeof run>[2] = {}, ...args: string[]) {
    return run(process.execPath, ["-e", script, ...args], options);
}

test("output, errors and exit code of a program are told apart", async () => {
    const script = "console.log('out'); console.error('err'); process.exitCode = 3";
    expect(await runScript(script)).toEqual({ code: 3, stdout: "out\n", stderr: "err\n" });
});

test("a program that succeeds has exit code 0", async () => {
    expect(await runScript("")).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("arguments arrive as they are, because no shell is between", async () => {
    const { stdout } = await runScript("console.log(process.argv[1])", {}, "$HOME; 'a b' *");
    expect(stdout).toBe("$HOME; 'a b' *\n");
});

test("the input goes to standard input, which is then closed", async () => {
    const { stdout } = await runScript("process.stdin.pipe(process.stdout)", { input: "näh\n" });
    expect(stdout).toBe("näh\n");
});

test("a program that does not read its input ends as it likes", async () => {
    const input = "x".repeat(1_000_000);
    expect((await runScript("process.exit(5)", { input })).code).toBe(5);
});

test("a program that is missing has exit code 127 and a reason, and no rejection", async () => {
    expect(await run("no-such-program-here", ["--version"])).toEqual({
        code: 127,
        stdout: "",
        stderr: "spawn no-such-program-here ENOENT",
    });
    expect([0, 1, 127].filter(isSignal)).toEqual([]);
});

test("nor of one that Node.js throws of: a link to itself, alone or at either end of a pipe", async () => {
    const folder = mkdtempSync(join(tmpdir(), "run-"));
    const loop = join(folder, "loop");
    symlinkSync("loop", loop);
    try {
        const expected = { code: 127, stdout: "", stderr: "spawn ELOOP" };
        expect(await run(loop, [])).toEqual(expected);
        expect(await run("cat", [], { pipedFrom: [loop] })).toEqual(expected);
        expect(await run(loop, [], { pipedFrom: ["yes"] })).toEqual(expected);
        const { output, ended } = runAsSource(loop, []);
        expect([await output.toArray(), await ended]).toEqual([[], expected]);
    } finally {
        rmSync(folder, { recursive: true });
    }
});

test.each<[number, string, boolean]>([
    [127, "spawn docker ENOENT", true],
    [127, "spawn E2BIG\n", true],
    [127, "", true],
    [127, "/usr/bin/docker: 3: exec: podman: not found", false],
    [1, "spawn docker ENOENT", false],
])("whether exit code %i with %j is the system's word: %p", (code, stderr, expected) => {
    expect(isSpawnError(code, stderr)).toBe(expected);
});

test.concurrent("a program that takes too long is killed and has exit code 137", async () => {
    // It would end by itself with 0, so that a test that fails leaves nothing behind.
    const script = "process.on('SIGTERM', () => {}); setTimeout(() => {}, 4000)";
    const { code } = await runScript(script, { timeoutMs: 300 });
    expect([code, isSignal(code)]).toEqual([137, true]);
});

test.concurrent(
    "a program that takes too long is ended with all that holds its output, and says so",
    async () => {
        const script = `
        require("node:child_process").spawn("sleep", ["60"], { stdio: "inherit" });
        console.error("working"); setTimeout(() => {}, 60_000)`;
        const { code, stderr } = await runScript(script, { timeoutMs: 1_000 });
        const reason = `${process.execPath} did not answer within 1 s and was stopped`;
        expect([code, stderr]).toEqual([137, `working\n\n${reason}\n`]);
        expect(lastLine(stderr)).toBe(reason);
    },
    20_000,
);

test.concurrent(
    "a program that ends in time, and leaves its output to another one, has its own exit code",
    async () => {
        const { code, stdout } = await run("sh", ["-c", "sleep 60 & echo done; exit 3"], {
            timeoutMs: 1_000,
        });
        expect([code, stdout]).toEqual([3, "done\n"]);
    },
    20_000,
);

test.concurrent(
    "a program without a limit that leaves its output to another one is not waited for after its end",
    async () => {
        const script = "sleep 20 & (sleep 1; echo late) & echo done; exit 3";
        const { code, stdout } = await run("sh", ["-c", script]);
        expect([code, stdout]).toEqual([3, "done\nlate\n"]);
    },
    15_000,
);

test.concurrent(
    "nor one whose other has left its group and takes no SIGTERM",
    async () => {
        const script = "trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 20' & exit 0";
        expect((await run("sh", ["-c", script], { timeoutMs: 10_000 })).code).toBe(0);
    },
    9_000,
);

test.concurrent(
    "both ends of a pipe have the time limit",
    async () => {
        const { code } = await run("cat", [], { pipedFrom: ["sleep", "60"], timeoutMs: 300 });
        expect(code).toBe(137);
    },
    20_000,
);

test("a program that another signal ended has exit code 128", async () => {
    const { code } = await runScript("process.kill(process.pid, 'SIGTERM')");
    expect([code, isSignal(code)]).toEqual([128, true]);
});

test("every line of standard error is handed on, empty ones and line ends left out", async () => {
    const script = `
        process.stderr.write("one\\ntw");
        setTimeout(() => process.stderr.write("o\\r\\n\\nspin\\rthree\\nfour"), 50);`;
    const lines: string[] = [];
    const { stderr } = await runScript(script, { onStderrLine: (line) => lines.push(line) });
    expect(lines).toEqual(["one", "two", "spin", "three", "four"]);
    expect(stderr).toBe("one\ntwo\r\n\nspin\rthree\nfour");
});

test("the process id is told while the program runs", async () => {
    let told: number | undefined;
    const { stdout } = await runScript("console.log(process.pid)", {
        onStart: (pid) => (told = pid),
    });
    expect(Number(stdout)).toBe(told);
});

test("the environment is the one given, else this process's own", async () => {
    const script = "console.log(process.env.LAB_PROBE ?? 'none')";
    expect((await runScript(script, { env: { LAB_PROBE: "given" } })).stdout).toBe("given\n");
    expect((await runScript(script)).stdout).toBe("none\n");
});

test.each([
    ["a\nb\n", "b"],
    ["  one  \r\n\n", "one"],
    ["", ""],
])("the last line of %j is %j", (text, expected) => {
    expect(lastLine(text)).toBe(expected);
});

describe("a program that reads from another", () => {
    const echo = "process.stdin.pipe(process.stdout)";
    const source = (script: string) => ({ pipedFrom: [process.execPath, "-e", script] });

    test("gets all of its output, bytes as they are", async () => {
        const count =
            "let n = 0; process.stdin.on('data', (d) => (n += d.length)).on('end', () => console.log(n))";
        const write = "process.stdout.write(Buffer.alloc(3_000_000, 255))";
        expect(await runScript(count, source(write))).toEqual({
            code: 0,
            stdout: "3000000\n",
            stderr: "",
        });
    });

    test("fails with the other", async () => {
        const failing = "console.error('no such image'); process.exitCode = 4";
        expect(await runScript(echo, source(failing))).toMatchObject({
            code: 4,
            stderr: "no such image\n",
        });
        expect((await runScript(echo, { pipedFrom: ["no-such-program-here"] })).code).toBe(127);
    });

    test("takes the other along when it ends early, and its own reason counts", async () => {
        const endless = "setInterval(() => process.stdout.write('x'.repeat(100000)), 1)";
        const refusing = "console.error('no space'); process.exit(5)";
        expect(await runScript(refusing, source(endless))).toMatchObject({
            code: 5,
            stderr: "no space\n",
        });
        expect((await run("no-such-program-here", [], source(endless))).code).toBe(127);
    });
});
