import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { projectRoot } from "../../../src/config/declaration";
import { commandArgs } from "../../../src/machine/interpreter";
import { stackFolder } from "../../../src/machine/names";
import { recordStep, startTimeline } from "../../../src/machine/timeline";
import { timelineText } from "../../../src/proof/timeline/text";
import { flip } from "../../support/sampleRun";

// Each test starts a Node.js of its own, which takes its time on a busy machine.
jest.setTimeout(30_000);

const stack = `timeline-test-${process.pid}`;

afterEach(() => {
    delete process.env.LAB_TIMELINE;
    rmSync(stackFolder(stack), { recursive: true, force: true });
});

function timeline(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return new Promise((resolve) => {
        const child = spawn(
            process.execPath,
            [...commandArgs("timeline"), "--stack", stack, ...args],
            { cwd: projectRoot },
        );
        let stdout = "";
        let stderr = "";
        child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
        child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
        child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
    });
}

test("the last run's steps and chain are text, or with --json alone on standard output", async () => {
    startTimeline(stack);
    flip.forEach(recordStep);
    expect(await timeline()).toEqual({ code: 0, stdout: `${timelineText(flip)}\n`, stderr: "" });
    const { stdout } = await timeline("--json");
    const { steps, chain } = JSON.parse(stdout) as { steps: unknown; chain: { wallMs: number } };
    expect(steps).toEqual(flip);
    expect(chain.wallMs).toBe(9000);
});

test("a stack without a timeline is told how to get one", async () => {
    expect(await timeline()).toEqual({
        code: 1,
        stdout: "",
        stderr: `There is no timeline of stack ${stack}; npm run up writes one.\n`,
    });
});
