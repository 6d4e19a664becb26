import { ProblemsError, problemText } from "../../config/problem";
import { textTable } from "../../machine/terminal";
import { countText, secondsText, timeText } from "../../proof/report/format";
import { told } from "../told";
import { Student } from "./studentsFile";

/** Commands that work on every student's lab. */
export type Work = "up" | "down" | "verify";

/** How the work on one student's lab ended. */
export interface Outcome {
    readonly work: Work;
    readonly ok: boolean;
    /** Ended by Ctrl-C, or not begun because of it. */
    readonly isStopped?: boolean;
    /** Why it failed, or what it came to, in one sentence. */
    readonly reason: string;
    readonly seconds: number;
    /** When it ended, ISO 8601. */
    readonly at: string;
}

/** What is said of a student whose turn did not come. */
const notBegun = "not begun";

const done: Readonly<Record<Work, string>> = {
    up: "Up and proven",
    down: "Down",
    verify: "Agree with the rule",
};

/** Why the work on a lab failed, in one line of a table. */
export function reasonLine(error: Error): string {
    if (!(error instanceof ProblemsError)) {
        return told(error);
    }
    return error.problems.map(problemText).join(" ");
}

/** All outcomes as a table, and what to do about those that are not well. */
export function summaryText(
    students: readonly Student[],
    outcomes: readonly (Outcome | undefined)[],
    work: Work,
    seconds: number,
): string {
    const rows = students.map(({ name, stack }, index) => {
        const outcome = outcomes[index];
        return [
            name,
            stack,
            outcome === undefined ? "-" : verdict(outcome),
            outcome === undefined ? "" : secondsText(outcome.seconds),
            outcome?.reason ?? notBegun,
        ];
    });
    const well = outcomes.filter((outcome) => outcome?.ok).length;
    const isStopped = outcomes.some((outcome) => outcome === undefined || outcome.isStopped);
    return [
        ...textTable([["student", "stack", "result", "took", ""], ...rows]),
        "",
        `${done[work]}: ${well} of ${countText(students.length, "lab")} (${secondsText(seconds)}).`,
        ...(well === students.length ? [] : [next(work, isStopped)]),
    ].join("\n");
}

function verdict({ ok, isStopped }: Outcome): string {
    return ok ? "ok" : isStopped === true ? "stopped" : "FAILED";
}

function next(work: Work, isStopped: boolean): string {
    if (work === "verify") {
        return "One student's lab in full: npm run verify -- --stack STACK; repair it: npm run up -- --stack STACK.";
    }
    return isStopped
        ? `Stopped. Run the same command again: it continues from here.`
        : "Repair what is named above and run the same command again: it continues from here.";
}

/** What is kept of an outcome, as one sentence with its time. */
export function outcomeText({ work, ok, isStopped, reason, at }: Outcome): string {
    const verb = ok ? "was well" : isStopped === true ? "was stopped" : "failed";
    return `${work} ${verb} at ${timeText(at)}: ${reason}`;
}

/** An outcome from a file; undefined if it is none. */
export function parseOutcome(text: string): Outcome | undefined {
    try {
        const outcome = JSON.parse(text) as Partial<Outcome>;
        return typeof outcome.work === "string" &&
            typeof outcome.ok === "boolean" &&
            typeof outcome.reason === "string" &&
            typeof outcome.at === "string"
            ? (outcome as Outcome)
            : undefined;
    } catch {
        return undefined;
    }
}
