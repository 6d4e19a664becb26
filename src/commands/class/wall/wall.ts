import { readProject } from "../../../config/declaration";
import { UsageError } from "../../../config/errors";
import { requireLabConfig } from "../../../config/parseLabConfig";
import { printable } from "../../../config/problem";
import { localMachine } from "../../../machine/machine";
import { LabStack } from "../../../stack/home";
import { LiveBoard } from "../../board/liveBoard";
import { View } from "../../board/pages";
import { fileProgress } from "../../board/progress";
import { reaching } from "../../board/reach";
import { serve, untilInterrupted } from "../../board/server";
import { defaultFile, readStudents } from "../students";
import { Student } from "../studentsFile";
import { askingLabs } from "./ask";
import { readingFacts } from "./records";
import { classSite } from "./site";

/** Serves all labs of a class on one page, and a page for each, until Ctrl-C. */
export async function board(
    { port }: { readonly port: number },
    [file = defaultFile]: readonly string[],
): Promise<number> {
    const students = readStudents(file);
    const site = classSite({
        students,
        file: printable(file),
        readFacts: readingFacts(students, localMachine.run),
        ask: askingLabs(),
        boardOf: ownBoard,
        now: Date.now,
    });
    const server = await serve(site, port);
    return untilInterrupted(server, `The class of ${printable(file)}, read only`, "ending");
}

/** A student's own board as `npm run board -- --read-only` has it. */
function ownBoard({ stack }: Student): View {
    return new LiveBoard({
        stack,
        isDefaultStack: false,
        isReadOnly: true,
        now: Date.now,
        read: reaching(stack),
        ownValues: () => new LabStack(stack).values,
        configOf: (own) => requireLabConfig(own, readProject()),
        apply: () => Promise.reject(new UsageError("the wall changes nothing")),
        progress: fileProgress(stack),
    });
}
