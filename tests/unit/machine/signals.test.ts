import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { projectRoot } from "../../../src/config/declaration";
import { poll } from "../../../src/machine/poll";
import { isAlive } from "../../../src/machine/processes";
import { abortedBy, endings, onSignals, signalCode } from "../../../src/machine/signals";
import { labLoader } from "../../support/labLoader";

test("a listener is told the signal, until it gives the signals back", () => {
    const told: string[] = [];
    const before = endings.map((signal) => process.listenerCount(signal));
    const stopListening = onSignals(["SIGINT", "SIGHUP"], (signal) => told.push(signal));
    process.emit("SIGHUP");
    process.emit("SIGINT");
    stopListening();
    expect(told).toEqual(["SIGHUP", "SIGINT"]);
    expect(endings.map((signal) => process.listenerCount(signal))).toEqual(before);
});

test("what is aborted by a signal knows which", () => {
    const before = process.listeners("SIGTERM");
    const aborted = abortedBy(["SIGTERM"]);
    expect(aborted.aborted).toBe(false);
    process.emit("SIGTERM");
    expect([aborted.aborted, aborted.reason]).toEqual([true, "SIGTERM"]);
    process
        .listeners("SIGTERM")
        .filter((listener) => !before.includes(listener))
        .forEach((listener) => process.off("SIGTERM", listener));
});

test("the exit code of a program that a signal ended is the shell's", () => {
    expect([signalCode("SIGINT"), signalCode("SIGTERM")]).toEqual([130, 143]);
});

describe("a program with a time limit, in a process that is told to end", () => {
    /** A process that runs a program with a time limit, which tells its number and that of its own child. */
    async function start(script: string) {
        const source = resolve(projectRoot, "src/machine/run");
        const program = `
            const { pid } = require("node:child_process").spawn("sleep", ["60"]);
            console.error(process.pid, pid);`;
        const code = `
            ${script}
            const { run } = require(${JSON.stringify(source)});
            const options = { timeoutMs: 60_000, onStderrLine: (line) => console.log(line) };
            run(process.execPath, ["-e", ${JSON.stringify(program)}], options).then(({ code }) => process.exit(code));`;
        const child = spawn(process.execPath, [...labLoader, "-e", code], {
            cwd: projectRoot,
            stdio: ["ignore", "pipe", "inherit"],
        });
        const line = await new Promise<string>((said) =>
            child.stdout.once("data", (chunk: Buffer) => said(chunk.toString())),
        );
        const pids = line.trim().split(" ").map(Number);
        const ended = new Promise((end) => child.on("exit", (exit, signal) => end(signal ?? exit)));
        const allGone = () =>
            poll(() => Promise.resolve(pids.every((pid) => !isAlive({ pid })) || undefined), {
                withinMs: 10_000,
                everyMs: 20,
            });
        return { child, pids, ended, allGone };
    }

    test.each(endings)(
        "ends with it at %s, with all that it has started",
        async (signal) => {
            const { child, ended, allGone } = await start("");
            child.kill(signal);
            expect(await ended).toBe(signal);
            expect(await allGone()).toBe(true);
        },
        30_000,
    );

    test("hears Ctrl-C as in the terminal's foreground where the process goes on", async () => {
        const { child, ended, allGone } = await start(`process.on("SIGINT", () => {});`);
        child.kill("SIGINT");
        expect(await allGone()).toBe(true);
        expect(await ended).toBe(128);
    }, 30_000);

    test("is left alone at a SIGTERM where the process goes on", async () => {
        const { child, pids } = await start(`process.on("SIGTERM", () => console.log("heard"));`);
        const heard = new Promise((said) => child.stdout.once("data", said));
        child.kill("SIGTERM");
        await heard;
        expect(pids.map((pid) => isAlive({ pid }))).toEqual([true, true]);
        child.kill("SIGHUP");
    }, 30_000);
});
