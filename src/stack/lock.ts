import { join } from "node:path";
import { awakeTime } from "../machine/awake";
import { holderOf, tryLock } from "../machine/lock";
import { Holder, describeHolder, endingOf } from "../machine/lockHolder";
import { stackFolder } from "../machine/names";
import { Time } from "../machine/poll";
import { isAlive, isElsewhere } from "../machine/processes";
import { signalGroup } from "../machine/signals";
import { requireOrigin } from "./origin";

/** Commands that change a stack; of these only one may work on it at a time. */
export type ChangingCommand =
    | "up"
    | "down"
    | "tour"
    | "board"
    | "ephemeral"
    | "experiment"
    | `class -- ${"up" | "down" | "set"}`;

/** Names the ephemeral lab that a command was begun for, by `npm run ephemeral` or the command that it runs. */
export const ephemeralVariable = "LAB_EPHEMERAL";

/** Ends the name of such a command in its lock. */
const ofEphemeral = " of npm run ephemeral";

/** Where older checkouts have their lock, too, so that each sees the other's. */
function lockPath(stack: string): string {
    return join(stackFolder(stack), "lock.json");
}

/**
 * Keeps other shells' commands off a stack until it is released, or this process ends. Pulumi has a lock of its own, but
 * what comes before it (config, the stack itself, its clusters' records) is shared, too, and its message is for its
 * developers. The lock of a process that is gone is taken over.
 *
 * @returns What releases the stack.
 * @throws Error that names the process that works on the stack.
 * @throws ProblemsError where the stack was made with another backend, passphrase or engine ({@link requireOrigin}).
 */
export async function lockStack(stack: string, command: ChangingCommand): Promise<() => void> {
    const path = lockPath(stack);
    const isOfEphemeral = process.env[ephemeralVariable] === stack;
    const lock = tryLock(path, `npm run ${command}${isOfEphemeral ? ofEphemeral : ""}`);
    if (!("release" in lock)) {
        const there = isElsewhere(lock) ? endingOf(lock, path) : "with Ctrl-C there.";
        throw new Error(
            `${describeHolder(lock)} is already working on stack ${stack}; nothing was changed. Wait until it ends, or end it ${there}`,
        );
    }
    try {
        await requireOrigin(stack);
    } catch (error) {
        lock.release();
        throw error;
    }
    return lock.release;
}

/** The command that works on a stack at this moment, and since when; undefined if none does. */
export function workerOn(stack: string): Pick<Holder, "what" | "since"> | undefined {
    return holderOf(lockPath(stack));
}

/** Milliseconds that a command has to end in order. */
const graceMs = 60_000;

/**
 * Ends the command that works on an ephemeral lab, if there is one on this machine: in order, as Ctrl-C does, and if it
 * takes too long, by a kill.
 *
 * @throws Error that names a command that was not begun for the lab, but by the user: it goes on.
 */
export async function endHolder(
    stack: string,
    say: (line: string) => void,
    time: Time = awakeTime(),
): Promise<void> {
    const holder = holderOf(lockPath(stack));
    if (holder === undefined || isElsewhere(holder)) {
        return;
    }
    if (!holder.what.endsWith(ofEphemeral)) {
        throw new Error(
            `${describeHolder(holder)} is working on stack ${stack} and was not started by npm run ephemeral, so it continues and the stack is kept. Once it has ended: npm run ephemeral -- --stage down --stack ${stack}`,
        );
    }
    say(
        `${holder.what} (process ${holder.pid}) is still working on stack ${stack}; it is ended first`,
    );
    signalGroup(holder.pid, "SIGINT");
    const end = time.now() + graceMs;
    while (time.now() < end && isAlive(holder)) {
        await time.sleep(500);
    }
    if (isAlive(holder)) {
        signalGroup(holder.pid, "SIGKILL");
    }
}
