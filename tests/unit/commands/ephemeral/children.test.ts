import { ChildProcess, spawn } from "node:child_process";
import { Children } from "../../../../src/commands/ephemeral/children";
import { projectRoot } from "../../../../src/config/declaration";
import { endings } from "../../../../src/machine/signals";
import { labLoader } from "../../../support/labLoader";

/** Each test starts Node, which loads TypeScript, and most of them wait for something: they do so side by side. */
jest.setTimeout(30_000);

/** A process that runs a shell script as a child, and ends with its exit code after telling the signal's. */
function parent(script: string, hears: string, graceMs = 10_000, apartMs = 0): ChildProcess {
    const program = `
        const { Children } = require("./src/commands/ephemeral/children");
        const patience = { graceMs: ${graceMs}, apartMs: ${apartMs} };
        const children = new Children((signal, insistence) => {
            console.log("told " + signal);
            console.log("insistence " + insistence);
        }, patience);
        const run = () => children.run("sh", ["-c", ${JSON.stringify(script)}], { hears: "${hears}" }).then((code) => {
            console.log("child " + code, "interrupted " + children.interrupted());
        });
        run().then(() => children.interrupted() && run());`;
    return spawn(process.execPath, [...labLoader, "--eval", program], {
        cwd: projectRoot,
        stdio: ["ignore", "pipe", "inherit"],
    });
}

/** Sends signals as soon as the child says that it is ready, each once the one before was heard; returns all that was said. */
function signalled(child: ChildProcess, ...signals: NodeJS.Signals[]): Promise<string> {
    return new Promise((resolve) => {
        let output = "";
        const signs = ["ready\n", ...signals.map((signal) => `told ${signal}\n`)];
        child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
            output += chunk;
            while (signals.length > 0 && output.includes(signs[0]!)) {
                signs.shift();
                child.kill(signals.shift());
            }
        });
        child.on("close", () => resolve(output));
    });
}

const listening =
    "trap 'echo INT; exit 3' INT; trap 'echo TERM; exit 4' TERM; echo ready; for i in $(seq 200); do sleep 0.05; done";

test.concurrent.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s reaches one of the lab's commands as Ctrl-C, whose end is awaited",
    async (signal) => {
        const output = await signalled(parent(listening, "interrupt"), signal);
        const code = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal];
        expect(output).toContain(`told ${signal}`);
        expect(output).toContain("INT\n");
        expect(output).toContain(`child 3 interrupted ${code}`);
    },
);

test.concurrent(
    "a caller's command gets the signal that was sent, with all that it has started",
    async () => {
        // The signal must not come between the fork of `sleep` and its start.
        const script = "trap 'wait; exit 5' TERM; sleep 60 & sleep 0.5; echo ready; wait";
        const output = await signalled(parent(script, "same"), "SIGTERM");
        expect(output).toContain("child 5 interrupted 143");
    },
);

test.concurrent("a second signal is not handed on", async () => {
    const script = listening.replace("exit 3", "sleep 0.3; exit 3");
    const output = await signalled(parent(script, "interrupt"), "SIGINT", "SIGTERM");
    expect(output).not.toContain("TERM\n");
    expect(output).toContain("child 3");
});

test.concurrent("a command that does not listen is killed in the end", async () => {
    const script = "trap '' INT TERM; echo ready; while :; do sleep 0.1; done";
    const output = await signalled(parent(script, "same", 500), "SIGTERM");
    expect(output).toContain("child 137 interrupted 143");
});

test.concurrent("what takes the lab away is not cut off", async () => {
    const script = "echo ready; sleep 1.5; echo done";
    const output = await signalled(parent(script, "nothing", 500), "SIGINT", "SIGTERM");
    expect(output).toContain("done\nchild 0 interrupted 130");
});

test.concurrent("a program that does not exist is exit code 127", async () => {
    const child = spawn(
        process.execPath,
        [
            ...labLoader,
            "--eval",
            `const { Children } = require("./src/commands/ephemeral/children");
            new Children(() => {}).run("no-such-program", [], { hears: "same" }).then(console.log);`,
        ],
        { cwd: projectRoot, stdio: ["ignore", "pipe", "pipe"] },
    );
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
    expect(await signalled(child)).toBe("127\n");
    expect(errors).toBe("no-such-program cannot be started: spawn no-such-program ENOENT\n");
});

/** Sends each signal as soon as the text before it was said; returns all that was said, and the exit code. */
function insisted(
    child: ChildProcess,
    steps: readonly (readonly [string, NodeJS.Signals])[],
): Promise<{ readonly output: string; readonly code: number | null }> {
    return new Promise((resolve) => {
        const left = [...steps];
        let output = "";
        child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
            output += chunk;
            while (left.length > 0 && output.includes(left[0]![0])) {
                child.kill(left.shift()![1]);
            }
        });
        child.on("close", (code) => resolve({ output, code }));
    });
}

test.concurrent(
    "who insists interrupts what takes the lab away, which is not begun again",
    async () => {
        const script =
            "trap 'echo INT; exit 3' INT; echo ready; for i in $(seq 200); do sleep 0.05; done";
        const { output, code } = await insisted(parent(script, "nothing"), [
            ["ready\n", "SIGINT"],
            ["insistence 0\n", "SIGINT"],
            ["insistence 1\n", "SIGTERM"],
        ]);
        expect(output).toMatch(/^INT$/m);
        expect(output.match(/ready/g)).toHaveLength(1);
        expect(output).toMatch(/child 3 interrupted 130\nchild 130 interrupted 130\n$/);
        expect(code).toBe(0);
    },
);

test.concurrent("the fourth signal ends everything, also where the engine hangs", async () => {
    const script = "trap '' INT TERM; echo ready; while :; do sleep 0.1; done";
    const { output, code } = await insisted(parent(script, "nothing"), [
        ["ready\n", "SIGINT"],
        ["insistence 0\n", "SIGINT"],
        ["insistence 1\n", "SIGINT"],
        ["insistence 2\n", "SIGINT"],
    ]);
    expect(output).toContain("insistence 3\n");
    expect(output).not.toContain("child");
    expect(code).toBe(130);
});

test.concurrent("a Ctrl-C that comes from the terminal and from npm is one", async () => {
    const script = "trap 'echo INT; exit 3' INT; echo ready; sleep 1";
    const { output } = await insisted(parent(script, "nothing", 10_000, 600_000), [
        ["ready\n", "SIGINT"],
        ["insistence 0\n", "SIGINT"],
        ["insistence 0\n", "SIGTERM"],
    ]);
    expect(output.match(/insistence/g)).toHaveLength(1);
    expect(output).not.toMatch(/^INT$/m);
});

test("signals count as two from half a second on", () => {
    const before = endings.map((signal) => process.listeners(signal));
    let now = 1000;
    const clock = jest.spyOn(performance, "now").mockImplementation(() => now);
    const told: number[] = [];
    new Children((_, insistence) => void told.push(insistence));
    for (const at of [1000, 1499, 1500, 1999, 2000]) {
        now = at;
        process.emit("SIGINT");
    }
    clock.mockRestore();
    endings.forEach((signal, index) =>
        process
            .listeners(signal)
            .filter((listener) => !before[index]!.includes(listener))
            .forEach((listener) => process.off(signal, listener)),
    );
    expect(told).toEqual([0, 1, 2]);
});

test.concurrent("after a signal nothing is begun that may be cut off", async () => {
    const script = "trap 'exit 3' INT; echo ready; for i in $(seq 200); do sleep 0.05; done";
    const { output } = await insisted(parent(script, "interrupt"), [["ready\n", "SIGINT"]]);
    expect(output.match(/ready/g)).toHaveLength(1);
    expect(output).toMatch(/child 3 interrupted 130\nchild 130 interrupted 130\n$/);
});
