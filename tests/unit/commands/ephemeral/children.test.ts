import { ChildProcess, spawn } from "node:child_process";
import { projectRoot } from "../../../../src/config/declaration";
import { typescriptLoader } from "../../../../src/machine/interpreter";

/** Each test starts Node, which loads TypeScript. */
jest.setTimeout(30_000);

/** A process that runs a shell script as a child, and ends with its exit code after telling the signal's. */
function parent(script: string, hears: string, patienceMs = 10_000): ChildProcess {
    const program = `
        const { Children } = require("./src/commands/ephemeral/children");
        const children = new Children((signal) => console.log("told " + signal), ${patienceMs});
        children.run("sh", ["-c", ${JSON.stringify(script)}], { hears: "${hears}" }).then((code) => {
            console.log("child " + code, "interrupted " + children.interrupted());
        });`;
    return spawn(process.execPath, [...typescriptLoader, "--eval", program], {
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

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s reaches one of the lab's commands as Ctrl-C, whose end is awaited",
    async (signal) => {
        const output = await signalled(parent(listening, "interrupt"), signal);
        const code = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal];
        expect(output).toContain(`told ${signal}`);
        expect(output).toContain("INT\n");
        expect(output).toContain(`child 3 interrupted ${code}`);
    },
);

test("a caller's command gets the signal that was sent, with all that it has started", async () => {
    // The signal must not come between the fork of `sleep` and its start.
    const script = "trap 'wait; exit 5' TERM; sleep 60 & sleep 0.5; echo ready; wait";
    const output = await signalled(parent(script, "same"), "SIGTERM");
    expect(output).toContain("child 5 interrupted 143");
});

test("a second signal is not handed on", async () => {
    const script = listening.replace("exit 3", "sleep 0.3; exit 3");
    const output = await signalled(parent(script, "interrupt"), "SIGINT", "SIGTERM");
    expect(output).not.toContain("TERM\n");
    expect(output).toContain("child 3");
});

test("a command that does not listen is killed in the end", async () => {
    const script = "trap '' INT TERM; echo ready; while :; do sleep 0.1; done";
    const output = await signalled(parent(script, "same", 500), "SIGTERM");
    expect(output).toContain("child 137 interrupted 143");
});

test("what takes the lab away is not cut off", async () => {
    const script = "echo ready; sleep 1.5; echo done";
    const output = await signalled(parent(script, "nothing", 500), "SIGINT", "SIGTERM");
    expect(output).toContain("done\nchild 0 interrupted 130");
});

test("a program that does not exist is exit code 127", async () => {
    const child = spawn(
        process.execPath,
        [
            ...typescriptLoader,
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
