import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { projectRoot } from "../config/declaration";
import { isLeftBy } from "../machine/files";
import { localMachine } from "../machine/machine";
import { labFolder } from "../machine/names";
import { findPulumi, withoutNodeModules } from "../machine/pulumiTool";
import { run } from "../machine/run";
import { onSignals, signalCode } from "../machine/signals";
import { prepareEnvironment, pulumiEnvironment } from "./environment";
import { repairBackend } from "./fileBackend";

/** The Pulumi CLI with the lab's environment around it. */
export interface PulumiCli {
    /** Whether the backend is the lab's own folder. */
    readonly isOwnBackend: boolean;
    /**
     * Runs Pulumi on the terminal, in the project's folder, and returns its exit code; where it fails after a
     * signal, the signal's (130, 143): Pulumi's own does not tell.
     */
    readonly show: (args: readonly string[]) => Promise<number>;
    /** Runs Pulumi silently. */
    readonly ask: (args: readonly string[]) => ReturnType<typeof run>;
}

/** Whether an exit code of {@link PulumiCli.show} says that somebody stopped it. */
export function isInterruption(code: number): boolean {
    return [129, 130, 137, 143].includes(code);
}

/** A Pulumi and the environment that makes it find the lab's stacks. */
interface PulumiProgram {
    readonly program: string;
    readonly env: NodeJS.ProcessEnv;
    readonly isOwnBackend: boolean;
}

/** Finds Pulumi and makes its backend usable. */
export async function preparePulumi(): Promise<PulumiProgram> {
    const program = await findPulumi(run, localMachine.say);
    const environment = pulumiEnvironment();
    prepareEnvironment(environment);
    const isOwnBackend = environment.PULUMI_BACKEND_URL !== undefined;
    if (isOwnBackend && repairBackend() > 0) {
        localMachine.say("repaired the lab's backend: a Pulumi was killed while it wrote there");
    }
    const path = withoutNodeModules(process.env.PATH ?? "");
    const env = {
        ...process.env,
        ...environment,
        // The language host is beside a downloaded Pulumi.
        PATH: isAbsolute(program) ? `${dirname(program)}${delimiter}${path}` : path,
        PULUMI_SKIP_UPDATE_CHECK: "1",
        TMPDIR: temporaryFolder(),
    };
    return { program, env, isOwnBackend };
}

/**
 * A folder for what Pulumi's providers write to disk in passing, gone when this process ends: the Helm of
 * `kubernetes` leaves a kubeconfig with the administrator's key there at every look at a release. What a killed
 * process had to leave goes with the next one.
 */
function temporaryFolder(): string {
    const all = join(labFolder, "tmp");
    mkdirSync(all, { recursive: true, mode: 0o700 });
    for (const pid of readdirSync(all)) {
        if (isLeftBy(Number(pid), join(all, pid))) {
            rmSync(join(all, pid), { recursive: true, force: true });
        }
    }
    const folder = join(all, String(process.pid));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    return folder;
}

/** Finds Pulumi, makes its backend usable, and runs it. */
export async function openPulumi(): Promise<PulumiCli> {
    const { program, env, isOwnBackend } = await preparePulumi();
    return {
        isOwnBackend,
        // First: what comes after a `--` among the arguments is no option.
        show: (args) => onTerminal(program, ["-C", projectRoot, ...args], env),
        ask: (args) => run(program, ["-C", projectRoot, ...args], { env }),
    };
}

/**
 * Ctrl-C reaches Pulumi from the terminal by itself; this process waits for it to end in order. A SIGTERM is
 * handed on.
 */
function onTerminal(
    program: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
): Promise<number> {
    return new Promise((resolve, reject) => {
        let received: NodeJS.Signals | undefined;
        // Before Pulumi starts: a signal may come at once.
        const stopListening = onSignals(["SIGINT", "SIGTERM"], (signal) => {
            received = signal;
            if (signal === "SIGTERM") {
                child.kill(signal);
            }
        });
        const child = spawn(program, args, { stdio: "inherit", env });
        child.on("error", reject);
        child.on("exit", (code, signal) => {
            stopListening();
            const ended = signal ?? (code === 0 ? undefined : received);
            resolve(ended === undefined ? (code ?? 0) : signalCode(ended));
        });
    });
}
