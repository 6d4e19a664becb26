import { isMapping, asText } from "../config/mapping";
import { printable } from "../config/problem";
import { parseJson } from "./files";
import { ProcessName, isElsewhere } from "./processes";
import { shellQuote } from "./terminal";

/** Who holds a lock. */
export interface Holder extends ProcessName {
    /** What it does, as a message names it: `npm run up`. */
    readonly what: string;
}

/** A holder as messages name it: `npm run up (process 12, since 1/3/2026, 9:30:00 AM)`. */
export function describeHolder(holder: Holder): string {
    const { what, pid, since } = holder;
    const where = isElsewhere(holder) ? ` of ${holder.host ?? "another machine or container"}` : "";
    const time = since === undefined ? "" : `, since ${new Date(since).toLocaleString()}`;
    return `${what} (process ${pid}${where}${time})`;
}

/** The command that frees a lock of a holder that does not end by itself. */
export function endingOf(holder: Holder, path: string): string {
    return isElsewhere(holder)
        ? `there, or if it is gone: rm -r ${shellQuote(path)}`
        : `kill -INT ${holder.pid}`;
}

/** Whether what a lock says names somebody. */
export function isHolder(one: Partial<Holder>): one is Holder {
    return typeof one.pid === "number" && typeof one.what === "string";
}

/** What any of the lab's locks says, those of older checkouts included; a damaged one says nothing. */
export type Written = Partial<Holder> & { readonly token?: string };

/** What the command line of one of the lab's programs has, for locks that do not say when their holder started. */
function program(name: string): RegExp {
    return new RegExp(`src[/\\\\]([\\w-]+[/\\\\])+${name}\\.ts`);
}

/**
 * Reads a lock: this checkout's, or an older one's, which has a command and a process, or a process alone. Anybody may
 * have written it: its texts can be printed, and what is not as it should be is not said.
 */
export function parseWritten(text: string, writtenAt: Date): Written {
    const value = parseJson(text);
    if (typeof value === "number") {
        const since = writtenAt.toISOString();
        return { pid: value, what: "another command", since, program: program("[\\w-]+") };
    }
    const said = isMapping(value) ? value : {};
    const [command, what, since, host] = [said.command, said.what, said.since, said.host].map(
        asText,
    );
    const [boot, namespace, start, token] = [said.boot, said.namespace, said.start, said.token].map(
        asText,
    );
    const isOlder = /^\w+$/.test(command ?? "");
    return {
        pid: typeof said.pid === "number" ? said.pid : undefined,
        what: isOlder ? `npm run ${command}` : what && printable(what),
        since: isNaN(Date.parse(since ?? "")) ? undefined : since,
        host: host && printable(host),
        boot,
        namespace,
        start,
        token,
        ...(isOlder ? { program: program(command!) } : {}),
    };
}
