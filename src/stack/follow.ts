import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { projectRoot } from "../config/declaration";
import { closeWhenQuiet } from "../machine/run";
import { followGroup, signalGroup } from "../machine/signals";
import { PulumiCli, openPulumi, preparePulumi } from "./pulumi";

/** How a Pulumi without a terminal is watched and ended. */
export interface Followed {
    /** Gets every line of its output, without colours. */
    readonly onLine: (line: string) => void;
    /** Aborted: Pulumi ends in order, as by Ctrl-C. */
    readonly signal: AbortSignal;
}

/** Pulumi for whoever shows its output elsewhere than on the terminal. */
export interface FollowedPulumi {
    readonly pulumi: PulumiCli;
    /** Runs Pulumi in the project's folder and returns its exit code. */
    readonly follow: (args: readonly string[], followed: Followed) => Promise<number>;
}

/** Finds Pulumi and makes its backend usable. */
export async function openFollowedPulumi(): Promise<FollowedPulumi> {
    const { program, env } = await preparePulumi();
    return {
        pulumi: await openPulumi(),
        follow: (args, { onLine, signal }) =>
            new Promise((resolve, reject) => {
                const all = ["-C", projectRoot, ...args, "--color", "never", "--non-interactive"];
                // A group of its own, as with Ctrl-C on a terminal: Pulumi's plugins end with it.
                const child = spawn(program, all, {
                    env,
                    stdio: ["ignore", "pipe", "pipe"],
                    detached: true,
                });
                const unfollow = child.pid === undefined ? () => undefined : followGroup(child.pid);
                const interrupt = () => signalGroup(child.pid!, "SIGINT");
                createInterface({ input: child.stdout }).on("line", onLine);
                createInterface({ input: child.stderr }).on("line", onLine);
                closeWhenQuiet(child);
                child.on("error", reject);
                child.on("spawn", () => {
                    if (signal.aborted) {
                        interrupt();
                    }
                    signal.addEventListener("abort", interrupt, { once: true });
                });
                child.on("close", (code) => {
                    unfollow();
                    signal.removeEventListener("abort", interrupt);
                    resolve(code ?? 130);
                });
            }),
    };
}
