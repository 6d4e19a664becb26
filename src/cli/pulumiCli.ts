import { spawn } from "node:child_process";
import { projectRoot } from "../config/declaration";
import { run } from "../runner";
import {
    Tool,
    findPulumi,
    prepareEnvironment,
    pulumiEnvironment,
    withoutNodeModules,
} from "../tools/pulumiTool";

/** The Pulumi CLI with the lab's environment around it. */
export interface PulumiCli {
    /** Runs Pulumi on the terminal, in the project's folder, and returns its exit code. */
    readonly show: (args: readonly string[]) => Promise<number>;
    /** Runs Pulumi silently. */
    readonly ask: (args: readonly string[]) => ReturnType<typeof run>;
}

/** Finds Pulumi and makes its backend usable. */
export async function openPulumi(): Promise<PulumiCli> {
    const tool = await findPulumi(run, (line) => void process.stderr.write(`${line}\n`));
    const environment = pulumiEnvironment();
    prepareEnvironment(environment);
    const env = {
        ...process.env,
        ...environment,
        PATH: withoutNodeModules(process.env.PATH ?? ""),
        PULUMI_SKIP_UPDATE_CHECK: "1",
    };
    return {
        show: (args) => onTerminal(tool, args, env),
        ask: (args) => run(tool.program, [...tool.args, ...args, "-C", projectRoot], { env }),
    };
}

/**
 * Ctrl-C reaches Pulumi from the terminal by itself; this process waits for it to end in order. A SIGTERM is
 * handed on.
 */
function onTerminal(tool: Tool, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
    return new Promise((resolve, reject) => {
        const child = spawn(tool.program, [...tool.args, ...args, "-C", projectRoot], {
            stdio: "inherit",
            env,
        });
        const ignore = () => undefined;
        const handOn = () => void child.kill("SIGTERM");
        process.on("SIGINT", ignore).on("SIGTERM", handOn);
        child.on("error", reject);
        child.on("exit", (code, signal) => {
            process.off("SIGINT", ignore).off("SIGTERM", handOn);
            resolve(code ?? (signal === "SIGINT" ? 130 : 143));
        });
    });
}
