import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { thisMachine } from "./processes";

/** Longest wait for `ps`, in milliseconds. */
const answerWithinMs = 5_000;

/** Command line of a process that runs, its words with spaces between; undefined if there is none, or it is not told. */
export function commandLineOf(pid: number): string | undefined {
    return thisMachine.find(pid)?.commandLine;
}

/** Command lines of all processes that this machine shows: by `/proc`, for `ps` may be BusyBox's or none; else by `ps`. */
export function commandLines(): string[] {
    const folder = "/proc";
    const pids = numbersIn(folder);
    if (pids.length > 0) {
        return pids.flatMap((pid) => textOf(`${folder}/${pid}/cmdline`) ?? []);
    }
    const { stdout } = spawnSync("ps", ["-A", "-ww", "-o", "args="], {
        encoding: "utf8",
        timeout: answerWithinMs,
    });
    return (stdout ?? "").split("\n");
}

function numbersIn(folder: string): string[] {
    try {
        return readdirSync(folder).filter((name) => /^\d+$/.test(name));
    } catch {
        return [];
    }
}

function textOf(path: string): string | undefined {
    try {
        return readFileSync(path, "utf8").replaceAll("\0", " ");
    } catch {
        // It has ended meanwhile.
        return undefined;
    }
}
