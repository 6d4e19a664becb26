import { ephemeral } from "./run.mjs";

// The last step of the action, when the job ends, also if it failed or was cancelled.
const stack = process.env.STATE_stack;
if (stack) {
    process.exitCode = await ephemeral(["--stage=down", `--stack=${stack}`]);
}
