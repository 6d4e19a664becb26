import { Problem, ProblemsError } from "../config/problem";
import { Runner, run } from "../runner";
import { checkEngine } from "./checks";
import { gatherFacts } from "./facts";

/** What keeps the container engine from being used now; undefined if it runs. */
export async function engineProblem(runner: Runner = run): Promise<Problem | undefined> {
    return checkEngine(await gatherFacts(runner));
}

/**
 * Asks the engine before anything else is done.
 *
 * @throws ProblemsError if it cannot be used.
 */
export async function requireEngine(runner: Runner = run): Promise<void> {
    const problem = await engineProblem(runner);
    if (problem) {
        throw new ProblemsError([problem]);
    }
}
