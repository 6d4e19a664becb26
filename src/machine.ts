import { Machine } from "./kind/machine";
import { run } from "./runner";
import { fetchBytes } from "./tools/download";
import { ensureKind } from "./tools/kindTool";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** This machine: real programs, the kind on PATH or the pinned one, news to standard error. */
export const localMachine: Machine = {
    run,
    kind: () => ensureKind(run, say),
    download: fetchBytes,
    say,
};
