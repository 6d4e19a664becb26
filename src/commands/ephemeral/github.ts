import { appendFileSync } from "node:fs";
import { newToken } from "../../machine/files";

/** What the steps after the one that brings a lab up have to know of it. */
export interface HandedOver {
    readonly stack: string;
    /** All clusters' kubeconfig files, as KUBECONFIG has them. */
    readonly kubeconfig: string;
    /** Folder for report and logs. */
    readonly output: string;
    /** Folder of this project. */
    readonly project: string;
}

/**
 * Tells a GitHub job's later steps of a lab, in the files that GitHub names: environment variables for every step,
 * outputs of the action, and state for the action's own last step, which takes the lab down. Elsewhere nothing.
 */
export function handOver(
    { stack, kubeconfig, output, project }: HandedOver,
    env: NodeJS.ProcessEnv,
): void {
    append(env.GITHUB_ENV, {
        KUBECONFIG: kubeconfig,
        LAB_STACK: stack,
        LAB_OUTPUT: output,
        LAB_PROJECT: project,
    });
    append(env.GITHUB_OUTPUT, { stack, kubeconfig, output });
    append(env.GITHUB_STATE, { stack });
}

function append(file: string | undefined, values: Readonly<Record<string, string>>): void {
    if (file) {
        const lines = Object.entries(values).map(([name, value]) => assignment(name, value));
        appendFileSync(file, lines.join(""));
    }
}

/**
 * One value as GitHub reads it. What has several lines, as a path may, stands between two marks that nobody can guess:
 * else its second line would set any other variable of the job.
 *
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
 */
function assignment(name: string, value: string): string {
    if (!/[\r\n]/.test(value)) {
        return `${name}=${value}\n`;
    }
    const mark = `end-${newToken()}`;
    return `${name}<<${mark}\n${value}\n${mark}\n`;
}
