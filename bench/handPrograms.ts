import { Runner, lastLine } from "../src/machine/run";
import { HandProgram } from "./byHand";

/** Longest time that a program has to say its version, in milliseconds. */
const versionWithinMs = 30_000;

/** What asking programs for their versions came to, by program. */
export interface ProgramAnswers {
    readonly versions: Readonly<Record<string, string>>;
    /** Why a program cannot be used; the end of a sentence that begins with its way's name. */
    readonly problems: Readonly<Record<string, string>>;
}

/** Asks each program once. */
export async function askPrograms(
    programs: readonly HandProgram[],
    run: Runner,
): Promise<ProgramAnswers> {
    const versions: Record<string, string> = {};
    const problems: Record<string, string> = {};
    const each = new Map(programs.map((one) => [one.program, one]));
    await Promise.all(
        [...each.values()].map(async ({ program, args }) => {
            const options = { timeoutMs: versionWithinMs };
            const { code, stdout, stderr } = await run(program, args, options);
            if (code === 0) {
                versions[program] = stdout.trim().split("\n")[0] ?? "";
            } else {
                problems[program] =
                    code === 127
                        ? `${program} is not on PATH`
                        : `${program} does not work (${lastLine(stderr || stdout)})`;
            }
        }),
    );
    return { versions, problems };
}
