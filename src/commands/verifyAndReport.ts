import { jsonText } from "../config/problem";
import { readTimeline, timed } from "../machine/timeline";
import { Verification } from "../proof/verify/result";
import { verificationText } from "../proof/verify/text";
import { verdictOf } from "../proof/verify/verdict";
import { LabStack } from "../stack/home";
import { reportPath, saveReport, verifyStack, withinSecondsOf } from "../stack/prove";
import { exitCodes } from "./command";

/** How {@link verifyAndReport} asks and tells. */
export interface VerifyOptions {
    /** Longest wait for requests and rule to agree, in seconds. */
    readonly withinSeconds?: number;
    /** Where the report goes; the stack's folder by default. */
    readonly report?: string;
    /** The result as JSON instead of text. */
    readonly json?: boolean;
}

/**
 * Proves the rule, prints the result, writes the report; returns the exit code.
 *
 * @throws CannotAskError if a cluster is not there or no requests could be sent.
 */
export async function verifyAndReport(
    stack: LabStack,
    { withinSeconds = withinSecondsOf(stack.config), report, json = false }: VerifyOptions = {},
): Promise<number> {
    const verification = await timed({ name: "proof" }, () => verifyStack(stack, withinSeconds));
    print(verification, json);
    const path = report ?? reportPath(stack.name);
    saveReport(path, [{ verification }], { timeline: readTimeline(stack.name) });
    if (!json) {
        process.stdout.write(`Report: ${path}\n`);
    }
    return exitCodeOf(verification);
}

/** The exit code of `verify` for a proof. */
function exitCodeOf(verification: Verification): number {
    const codes = {
        agrees: exitCodes.ok,
        unasked: exitCodes.cannotAsk,
        disagrees: exitCodes.failed,
        "other-settings": exitCodes.failed,
    } as const;
    return codes[verdictOf(verification)];
}

function print(verification: Verification, json: boolean): void {
    const text = json ? jsonText(verification) : verificationText(verification);
    process.stdout.write(`${text}\n`);
}
