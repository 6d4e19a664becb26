import { visible } from "../../config/problem";
import { onSignals } from "../../machine/signals";
import { exitCodes } from "../command";
import { keepOutcome } from "./files";
import { Outcome, Work, reasonLine, summaryText } from "./outcome";
import { Phase, ProgressRow, progressScreen, redraw } from "./progress";
import { eachAtATime } from "./queue";
import { Student } from "./studentsFile";

/** What {@link runForAll} does, and how. */
export interface ClassWork {
    readonly work: Work;
    readonly limit: number;
    readonly hasRoom?: (student: Student, working: number) => Promise<boolean>;
    /** Works on one student's lab; returns what it came to, throws why it failed. */
    readonly workOn: (
        student: Student,
        say: (line: string) => void,
        signal: AbortSignal,
        isStopping: () => boolean,
    ) => Promise<string>;
}

/** Time between two drawings of the progress, in milliseconds. */
const everyMs = 500;

/**
 * Works on every student's lab, shows the progress and the summary, and returns the exit code. Ctrl-C begins no
 * other lab; Pulumi has it from the terminal by itself, and those at work come to their end. A SIGTERM is handed on.
 */
export async function runForAll(
    students: readonly Student[],
    { work, limit, hasRoom = () => Promise.resolve(true), workOn }: ClassWork,
): Promise<number> {
    const start = Date.now();
    const stopping = new AbortController();
    const handingOn = new AbortController();
    const stopListening = onSignals(["SIGINT", "SIGTERM"], (signal) => {
        stopping.abort();
        if (signal === "SIGTERM") {
            handingOn.abort();
        }
    });
    const progress = showProgress(students, () => stopping.signal.aborted);
    const outcomes = await eachAtATime(
        students,
        async (student): Promise<Outcome> => {
            const begin = Date.now();
            progress.set(student, "working", "");
            const [ok, reason] = await workOn(
                student,
                (line) => progress.set(student, "working", line),
                handingOn.signal,
                () => stopping.signal.aborted,
            ).then(
                (text) => [true, text] as const,
                (error: Error) => [false, reasonLine(error)] as const,
            );
            const isStopped = !ok && stopping.signal.aborted;
            progress.set(student, ok ? "done" : isStopped ? "stopped" : "failed", reason);
            const at = new Date();
            const seconds = (at.getTime() - begin) / 1000;
            const outcome = { work, ok, isStopped, reason, seconds, at: at.toISOString() };
            return { ...outcome, reason: kept(student.stack, outcome) };
        },
        { limit, hasRoom, signal: stopping.signal },
    );
    progress.end();
    stopListening();
    const seconds = (Date.now() - start) / 1000;
    process.stdout.write(`\n${summaryText(students, outcomes, work, seconds)}\n`);
    return stopping.signal.aborted
        ? exitCodes.interrupted
        : outcomes.every((outcome) => outcome?.ok)
          ? exitCodes.ok
          : exitCodes.failed;
}

/** Keeps an outcome for `status`; its reason, with why it could not be kept, which is no failure of the lab's. */
function kept(stack: string, outcome: Outcome): string {
    try {
        keepOutcome(stack, outcome);
        return outcome.reason;
    } catch (error) {
        return `${outcome.reason} (not kept for status: ${reasonLine(error as Error)})`;
    }
}

interface Progress {
    readonly set: (student: Student, phase: Phase, news: string) => void;
    readonly end: () => void;
}

/** What a lab or its clusters have said, as it can be printed. */
function inOneLine(text: string): string {
    return visible(text.replace(/\s*[\r\n]\s*/g, " "));
}

/** A table that is redrawn on a terminal; elsewhere a line for everything that is new. */
function showProgress(students: readonly Student[], isStopping: () => boolean): Progress {
    const rows = new Map<Student, ProgressRow & { since?: number }>(
        students.map((student) => [student, { name: student.name, phase: "waiting", news: "" }]),
    );
    const { stdout } = process;
    let shown = 0;
    const draw = () => {
        const lines = progressScreen(
            [...rows.values()].map(({ since, ...row }) =>
                row.phase === "working" && since !== undefined
                    ? { ...row, seconds: (Date.now() - since) / 1000 }
                    : row,
            ),
            { columns: stdout.columns, lines: stdout.rows },
        );
        const text = isStopping() ? [...lines, "stopping; those at work come to their end"] : lines;
        stdout.write(redraw(text, shown));
        shown = text.length;
    };
    const timer = stdout.isTTY ? setInterval(draw, everyMs) : undefined;
    return {
        set: (student, phase, news) => {
            const before = rows.get(student)!;
            const since = before.since ?? Date.now();
            const seconds = (Date.now() - since) / 1000;
            rows.set(student, { name: student.name, phase, news, since, seconds });
            if (timer === undefined && (news !== before.news || phase !== before.phase)) {
                const said = news === "" ? phase : phase === "working" ? news : `${phase}: ${news}`;
                stdout.write(`${student.name}: ${inOneLine(said)}\n`);
            }
        },
        end: () => {
            if (timer !== undefined) {
                clearInterval(timer);
                draw();
            }
        },
    };
}
