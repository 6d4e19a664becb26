import { visible } from "../config/problem";
import { Fetch, fetchBytes } from "./download";
import { ensureKind } from "./kindTool";
import { run, Runner } from "./run";

// What is said may be another's words: of an engine, an API server, a file.
const say = (line: string): void => void process.stderr.write(`${visible(line)}\n`);

/** This machine: real programs, the kind on PATH or the pinned one, news to standard error. */
export const localMachine: Machine = {
    run,
    kind: () => ensureKind(run, say),
    download: fetchBytes,
    say,
};

/** The machine a cluster is made on; tests hand in their own. */
export interface Machine {
    readonly run: Runner;
    /** Path of kind. */
    readonly kind: () => Promise<string>;
    readonly download: Fetch;
    /** Tells the user what happens, one line at a time. */
    readonly say: (line: string) => void;
}
