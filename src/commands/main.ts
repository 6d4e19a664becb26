import { printable, nearest } from "../config/problem";
import { Declare, exitCodes, runCommand } from "./command";

/** Every command, which is loaded when it is called: what it does in a line, and where it is. */
const commands: Readonly<Record<string, readonly [string, () => Promise<{ declare: Declare }>]>> = {
    up: ["bring up the lab, or reconcile it with its config", () => import("./up")],
    down: ["delete the lab", () => import("./down")],
    verify: ["ask the live clusters who answers", () => import("./verify")],
    expected: ["say who must answer, by the rule alone", () => import("./expected")],
    tour: ["walk through the exercises", () => import("./tour/tour")],
    board: ["serve a live page of the lab", () => import("./board/board")],
    experiment: [
        "measure how long a change takes to arrive",
        () => import("./experiment/experiment"),
    ],
    flows: ["show which pod single requests went to, by Hubble", () => import("./flows")],
    timeline: ["show the steps of the last up", () => import("./timeline")],
    class: ["run one lab for each student of a class", () => import("./class/class")],
    ephemeral: [
        "run a lab for a CI job and take it down at its end",
        () => import("./ephemeral/ephemeral"),
    ],
    bundle: ["write all that up needs into one file", () => import("./bundle/bundle")],
    cache: ["list or remove the images that the lab keeps", () => import("./cache")],
    env: ["print the variables that plain pulumi and kubectl need", () => import("./env")],
    pulumi: ["run the Pulumi CLI that the lab uses", () => import("./pulumi")],
};

const [name = "--help", ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command !== undefined) {
    void command[1]().then(({ declare }) => runCommand(name, declare, args));
} else if (name === "--help" || name === "-h") {
    const lines = Object.entries(commands).map(([one, [about]]) => `  ${one.padEnd(11)}${about}`);
    process.stdout.write(`npm run COMMAND -- --help says more.\n\n${lines.join("\n")}\n`);
} else {
    const meant = nearest(name, Object.keys(commands));
    const hint = meant === undefined ? "" : ` Did you mean ${meant}?`;
    process.stderr.write(
        `${printable(name)} is no command; it must be one of ${Object.keys(commands).join(", ")}.${hint}\n`,
    );
    process.exitCode = exitCodes.usage;
}
