import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stackFolder } from "../names";
import { ReportOptions, reportHtml } from "../report/html";
import { readTimeline, timed } from "../timeline/record";
import { ReportedStep, Verification } from "../verify/result";
import { verificationText } from "../verify/text";
import { exitCodes } from "./command";
import { defaultWithinSeconds, verifyStack } from "./verifyStack";

/** How {@link verifyAndReport} asks and tells. */
export interface VerifyOptions {
    /** Longest wait for requests and rule to agree, in seconds. */
    readonly withinSeconds?: number;
    /** Where the report goes; the stack's folder by default. */
    readonly report?: string;
    /** The result as JSON instead of text. */
    readonly json?: boolean;
}

/** Where a stack's report is. */
export function reportPath(stack: string): string {
    return join(stackFolder(stack), "report.html");
}

/** Writes a report of one proof or several. */
export function saveReport(
    path: string,
    steps: readonly ReportedStep[],
    options: ReportOptions = {},
): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, reportHtml(steps, options));
}

/**
 * Proves the rule, prints the result, writes the report; returns the exit code.
 *
 * @throws CannotAskError if a cluster is not there or no requests could be sent.
 */
export async function verifyAndReport(
    stack: string,
    { withinSeconds = defaultWithinSeconds, report, json = false }: VerifyOptions = {},
): Promise<number> {
    const verification = await timed({ name: "proof" }, () => verifyStack(stack, withinSeconds));
    print(verification, json);
    const path = report ?? reportPath(stack);
    saveReport(path, [{ verification }], { timeline: readTimeline(stack) });
    if (!json) {
        process.stdout.write(`Report: ${path}\n`);
    }
    return verification.agrees ? exitCodes.ok : exitCodes.failed;
}

function print(verification: Verification, json: boolean): void {
    const text = json ? JSON.stringify(verification, null, 2) : verificationText(verification);
    process.stdout.write(`${text}\n`);
}
