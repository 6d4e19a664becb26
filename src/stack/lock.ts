import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeOnce } from "../machine/files";
import { stackFolder } from "../machine/names";
import { signalGroup, run } from "../machine/run";

/** Commands that change a stack; of these only one may work on it at a time. */
export type ChangingCommand = "up" | "down" | "tour" | "class";

interface Holder {
    readonly command: ChangingCommand;
    readonly pid: number;
    /** ISO 8601. */
    readonly since: string;
}

/**
 * Keeps other shells' commands off a stack until it is let go, or this process ends. Pulumi has a lock of its own, but what comes
 * before it (config, the stack itself, its clusters' records) is shared, too, and its message is for its
 * developers. The lock of a process that is gone is taken over.
 *
 * @returns What lets the stack go.
 * @throws Error that names the process that works on the stack.
 */
export async function lockStack(stack: string, command: ChangingCommand): Promise<() => void> {
    const path = join(stackFolder(stack), "lock.json");
    const mine = JSON.stringify({ command, pid: process.pid, since: new Date().toISOString() });
    while (!writeOnce(path, mine)) {
        const holder = read(path);
        if (holder !== undefined && (await works(holder))) {
            throw new Error(
                `npm run ${holder.command} (process ${holder.pid}, since ${new Date(holder.since).toLocaleString()}) works on stack ${stack} already; nothing was changed. Wait for its end, or end it with Ctrl-C there.`,
            );
        }
        rmSync(path, { force: true });
    }
    const letGo = () => {
        process.off("exit", letGo);
        if (read(path)?.pid === process.pid) {
            rmSync(path);
        }
    };
    process.on("exit", letGo);
    return letGo;
}

/** Milliseconds that a command has to end in order. */
const graceMs = 60_000;

/**
 * Ends the command that works on a stack, if there is one: in order, as Ctrl-C does, and if it takes too long, by a
 * kill.
 */
export async function endHolder(stack: string, say: (line: string) => void): Promise<void> {
    const holder = read(join(stackFolder(stack), "lock.json"));
    if (holder === undefined || !(await works(holder))) {
        return;
    }
    const { command, pid } = holder;
    say(`npm run ${command} (process ${pid}) still works on stack ${stack}; it is ended first`);
    signalGroup(pid, "SIGINT");
    const end = Date.now() + graceMs;
    while (Date.now() < end && (await works(holder))) {
        await sleep(500);
    }
    if (await works(holder)) {
        signalGroup(pid, "SIGKILL");
    }
}

function read(path: string): Holder | undefined {
    try {
        return JSON.parse(readFileSync(path, "utf8")) as Holder;
    } catch {
        return undefined;
    }
}

/** Whether the holder still runs: after a restart of the machine its number may be another program's. */
async function works({ command, pid }: Holder): Promise<boolean> {
    const { stdout } = await run("ps", ["-o", "args=", "-p", String(pid)]);
    return (
        pid !== process.pid &&
        /src[/\\]commands[/\\]/.test(stdout) &&
        stdout.includes(`${command}.ts`)
    );
}
