import { existsSync, readdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { readProject } from "../config/declaration";
import { isMapping } from "../config/mapping";
import { printable } from "../config/problem";
import { readJson } from "../machine/files";
import { isAlive } from "../machine/processes";
import { stateFolder } from "./environment";
import { PulumiCli } from "./pulumi";

export interface Lock {
    readonly pid: number;
    readonly hostname?: string;
    /** ISO 8601. */
    readonly timestamp?: string;
}

/**
 * Takes away the lock of a Pulumi that was killed. Only in the lab's own file backend, and only if the process
 * that locked ran on this machine and is gone.
 *
 * @throws Error that names the Pulumi that works on the stack, if there is one.
 */
export async function clearDeadLock(
    pulumi: PulumiCli,
    stack: string,
    say: (line: string) => void,
): Promise<void> {
    const locks = pulumi.isOwnBackend ? readLocks(stack) : [];
    const holder = locks.find((lock) => !isGone(lock));
    if (holder !== undefined) {
        throw new Error(lockedText(stack, holder));
    }
    if (locks.length === 0) {
        return;
    }
    say(`taking away the lock of a Pulumi that was killed (process ${locks[0]!.pid})`);
    await pulumi.ask(["cancel", "--yes", "--stack", stack]);
}

/** Whether a Pulumi works on a stack now, as far as the lab's own file backend tells. */
export function isPulumiOn(stack: string): boolean {
    return readLocks(stack).some((lock) => !isGone(lock));
}

function isLock(value: unknown): value is Lock {
    const { pid, hostname: host, timestamp } = isMapping(value) ? value : {};
    const areTexts = [host, timestamp].every((one) => one === undefined || typeof one === "string");
    return Number.isInteger(pid) && areTexts;
}

function readLocks(stack: string): Lock[] {
    const { name } = readProject();
    const folder = join(stateFolder, ".pulumi", "locks", "organization", name, stack);
    if (!existsSync(folder)) {
        return [];
    }
    const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
    return files.flatMap((file) => readJson(join(folder, file), isLock) ?? []);
}

function lockedText(stack: string, { pid, hostname: machine, timestamp = "" }: Lock): string {
    const since = isNaN(Date.parse(timestamp))
        ? ""
        : `, since ${new Date(timestamp).toLocaleString()}`;
    return machine === undefined || machine === hostname()
        ? `Pulumi (process ${pid}${since}) is already working on stack ${stack}; nothing was changed. Wait until it ends, or end it: kill -INT ${pid}`
        : `Pulumi (process ${pid} of machine ${printable(machine)}${since}) is working on stack ${stack}; nothing was changed. If that machine is this one under an older name, or the process is gone: npm run pulumi -- cancel --yes --stack ${stack}`;
}

/**
 * Whether the process that locked has ended, or its number is another program's. Pulumi writes no more than number,
 * host and time, so that anything that may be it counts.
 */
function isGone({ pid, hostname: host, timestamp }: Lock): boolean {
    return !isAlive({ pid, host, since: timestamp, program: /pulumi/ });
}
