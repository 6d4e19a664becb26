import { spawn } from "node:child_process";
import { join } from "node:path";

/** Folder of this project, as GitHub has fetched it. */
export const project = join(import.meta.dirname, "..", "..", "..");

/**
 * Runs a program in the project's folder to its end and returns its exit code. What GitHub sends when a job is
 * cancelled is handed on, so that the program ends in order.
 */
export function run(program, args) {
    return new Promise((resolve, reject) => {
        const child = spawn(program, args, { cwd: project, stdio: "inherit" });
        for (const signal of ["SIGINT", "SIGTERM"]) {
            process.on(signal, () => child.kill(signal));
        }
        child.on("error", reject);
        child.on("exit", (code) => resolve(code ?? 1));
    });
}

/** Runs `npm run ephemeral` without npm in between. */
export function ephemeral(args) {
    const script = join("src", "commands", "main.ts");
    return run(process.execPath, ["--require", "./src/loader.cjs", script, "ephemeral", ...args]);
}
