import { Declare, runCommand } from "../../src/commands/command";

/** What a command has written, and its exit code. */
export interface Ended {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

/**
 * Runs a command to its end in this process, which lives on. A process of its own takes most of a second to load the
 * Kubernetes client; here all tests of a worker share one.
 *
 * @param args What follows the command's name.
 */
export async function runHere(
    name: string,
    declare: Declare,
    args: readonly string[],
): Promise<Ended> {
    const said = { stdout: "", stderr: "" };
    const streams = (["stdout", "stderr"] as const).map((stream) =>
        jest.spyOn(process[stream], "write").mockImplementation((text) => {
            said[stream] += String(text);
            return true;
        }),
    );
    const exit = jest.spyOn(process, "exit").mockImplementation(() => undefined as never);
    try {
        await runCommand(name, declare, args);
        return { code: Number(process.exitCode), ...said };
    } finally {
        process.exitCode = undefined;
        [...streams, exit].forEach((spy) => spy.mockRestore());
    }
}
