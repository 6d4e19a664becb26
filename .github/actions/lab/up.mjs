import { upArguments } from "./inputs.mjs";
import { ephemeral, run } from "./run.mjs";

// The first step of the action: what the project needs, then the lab.
process.exitCode =
    (await run("npm", ["ci", "--omit=dev", "--no-audit", "--no-fund"])) ||
    (await ephemeral(upArguments(process.env)));
