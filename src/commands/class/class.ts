import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { readProject } from "../../config/declaration";
import { UsageError } from "../../config/errors";
import { requireLabConfig } from "../../config/parseLabConfig";
import { Problem, ProblemsError, quote } from "../../config/problem";
import { readStackValues } from "../../config/stackFile";
import { checkMachine, requireEngine } from "../../machine/checks";
import { askEngine } from "../../machine/engine";
import { gatherFacts } from "../../machine/facts";
import { localMachine } from "../../machine/machine";
import { recordedStacks } from "../../mesh/kind/record";
import { Automation, openAutomation } from "../../stack/automation";
import { lockStack } from "../../stack/lock";
import { defaultWithinSeconds } from "../../stack/prove";
import { createStack, findStack, listStacks } from "../../stack/stack";
import { assignment, exitCodes, parseOptions, runCommand, seconds } from "../command";
import { Room, capacityText, labsAtATime, labsThatFit } from "./capacity";
import { classProblems, settingProblems } from "./classConfig";
import {
    agedLab,
    clusterStates,
    readOutcome,
    setValues,
    sheetPath,
    studentKubeconfigPath,
} from "./files";
import { bringDown, bringUp, proof } from "./lab";
import { runForAll } from "./run";
import { statusHtml, statusText } from "./status";
import { Student, parseStudents } from "./studentsFile";
import { agedText, isExpired } from "./ttl";

const usage = `npm run class -- up|down|status|verify|set|reap [FILE] [key=value…]

One lab for each student of a class, a stack for each. FILE lists the students (default students.yaml).
  up [--parallel N]        brings every lab up, or in line with its config, and proves who answers
  down                     deletes every student's clusters, state and files
  status [--report FILE]   what there is of every lab; --report writes it as a page
  verify [--within SECONDS]  asks in every lab who answers (default ${defaultWithinSeconds})
  set key=value…           sets config keys for all students
  reap [--yes]             lists the labs of this checkout that are past their ttlHours; --yes removes them
Exit codes: 0 all well, 1 some failed, 2 wrong usage, file or config, 130 Ctrl-C.`;

const { say } = localMachine;

/** Labs that are asked or deleted at a time; neither takes memory. */
const lightAtATime = 4;

const options = {
    parallel: { type: "string" },
    within: { type: "string" },
    report: { type: "string" },
    yes: { type: "boolean" },
} as const;

type Option = keyof typeof options;

interface Given {
    readonly file: string;
    readonly changes: readonly string[];
    readonly values: {
        readonly parallel?: string;
        readonly within?: string;
        readonly report?: string;
        readonly yes?: boolean;
    };
}

interface ClassCommand {
    readonly main: (given: Given) => Promise<number>;
    readonly takes: readonly Option[];
}

const commands: Readonly<Record<string, ClassCommand>> = {
    up: { main: up, takes: ["parallel"] },
    down: { main: down, takes: [] },
    status: { main: status, takes: ["report"] },
    verify: { main: verify, takes: ["within"] },
    set: { main: set, takes: [] },
    reap: { main: reap, takes: ["yes"] },
};

runCommand(usage, (args) => {
    const { values, positionals } = parseOptions({ args, options, allowPositionals: true });
    const [name = "", ...rest] = positionals;
    const command = Object.hasOwn(commands, name) ? commands[name]! : undefined;
    if (command === undefined) {
        const given = name === "" ? "no command is given" : `${quote(name)} is no command`;
        throw new UsageError(`${given}; it must be one of ${Object.keys(commands).join(", ")}`);
    }
    const stray = Object.keys(values).find((option) => !command.takes.includes(option as Option));
    if (stray !== undefined) {
        throw new UsageError(`${name} has no option --${stray}`);
    }
    const changes = name === "set" ? rest.filter((text) => text.includes("=")) : [];
    const files = rest.filter((text) => !changes.includes(text));
    if (files.length > (name === "reap" ? 0 : 1)) {
        throw new UsageError(`${name} does not take ${quote(files.at(-1)!)}`);
    }
    // Every lab at work has a lock that is let go at the process's end.
    process.setMaxListeners(0);
    return command.main({ file: files[0] ?? "students.yaml", changes, values });
});

async function up({ file, values }: Given): Promise<number> {
    const asked = values.parallel === undefined ? undefined : wholeNumber(values.parallel);
    const students = readStudents(file);
    requireNone(classProblems(students, readStackValues, readProject(), file));
    await requireEngine();
    await localMachine.kind();
    const automation = await openAutomation();
    const stacks = await listStacks(automation.pulumi);
    const states = await Promise.all(students.map(({ stack }) => clusterStates(stack)));
    const toMake = states.filter((clusters) => clusters.includes("missing")).length;
    const processors = availableParallelism();
    const room = await roomNow();
    if (toMake > 0) {
        await warn();
        say(capacityText(room, toMake, processors, asked));
    }
    const code = await runForAll(students, {
        work: "up",
        limit: labsAtATime(room, processors, asked),
        hasRoom: async (student, working) =>
            asked !== undefined ||
            !(await clusterStates(student.stack)).includes("missing") ||
            labsThatFit(await roomNow(), working) > 0,
        workOn: (student, tell, signal) =>
            bringUp(student, automation, stacks, { say: tell, signal }),
    });
    process.stdout.write(
        [
            "Each student's commands and kubeconfig:",
            `  ${sheetPath("STACK")}`,
            `  ${studentKubeconfigPath("STACK")}`,
            "",
        ].join("\n"),
    );
    return code;
}

async function down({ file }: Given): Promise<number> {
    const students = readStudents(file);
    await requireEngine();
    const automation = await openAutomation();
    return runForAll(students, {
        work: "down",
        limit: lightAtATime,
        workOn: ({ stack }, tell, signal) => bringDown(stack, automation, { say: tell, signal }),
    });
}

async function verify({ file, values }: Given): Promise<number> {
    const students = readStudents(file);
    const within = values.within === undefined ? defaultWithinSeconds : seconds(values.within);
    await requireEngine();
    return runForAll(students, {
        work: "verify",
        limit: lightAtATime,
        workOn: ({ stack }) => proof(stack, within),
    });
}

async function status({ file, values }: Given): Promise<number> {
    const students = readStudents(file);
    await requireEngine();
    const { pulumi } = await openAutomation();
    const stacks = await listStacks(pulumi);
    const labs = await Promise.all(
        students.map(async ({ name, stack }) => ({
            ...agedLab(stack, stacks),
            name,
            clusters: await clusterStates(stack),
            outcome: readOutcome(stack),
        })),
    );
    process.stdout.write(`${statusText(labs, Date.now())}\n`);
    if (values.report !== undefined) {
        mkdirSync(dirname(values.report), { recursive: true });
        writeFileSync(values.report, statusHtml(labs, Date.now()));
        process.stdout.write(`Page: ${values.report}\n`);
    }
    return exitCodes.ok;
}

async function set({ file, changes }: Given): Promise<number> {
    if (changes.length === 0) {
        throw new UsageError("set needs at least one key=value");
    }
    const wanted = Object.fromEntries(changes.map(assignment));
    const students = readStudents(file);
    requireNone(settingProblems(wanted, students, readStackValues, readProject(), file));
    const { pulumi, stack: open } = await openAutomation();
    const stacks = await listStacks(pulumi);
    // All of them before the first is changed.
    for (const { stack } of students) {
        await lockStack(stack, "class");
    }
    for (const { stack } of students) {
        if (findStack(stacks, stack) === undefined) {
            await createStack(pulumi, stack);
        }
        await setValues(await open(stack), wanted, readStackValues(stack));
    }
    say(
        `${changes.join(" ")} is set for ${students.length} students. Next: npm run class -- up ${file}`,
    );
    return exitCodes.ok;
}

async function reap({ values }: Given): Promise<number> {
    const automation = await openAutomation();
    const stacks = await listStacks(automation.pulumi);
    const now = Date.now();
    const labs = recordedStacks().map((stack) => agedLab(stack, stacks));
    const expired = labs.filter((lab) => isExpired(lab, now)).map(({ stack }) => stack);
    process.stdout.write(`${agedText(labs, now)}\n`);
    if (expired.length === 0) {
        say("Nothing is to be removed.");
        return exitCodes.ok;
    }
    if (values.yes !== true) {
        say(`To be removed by npm run class -- reap --yes: ${expired.join(", ")}`);
        return exitCodes.ok;
    }
    await requireEngine();
    return runForAll(
        expired.map((stack) => ({ name: stack, stack, config: {} })),
        {
            work: "down",
            limit: lightAtATime,
            workOn: ({ stack }, tell, signal) =>
                bringDown(stack, automation, { say: tell, signal }, () =>
                    whyKept(stack, automation),
                ),
        },
    );
}

/** Why a lab that was found to be past its time is kept after all. */
async function whyKept(stack: string, { pulumi }: Automation): Promise<string | undefined> {
    if (!isExpired(agedLab(stack, await listStacks(pulumi)), Date.now())) {
        return "it was brought up meanwhile, and stays";
    }
    const states = await clusterStates(stack);
    return states.some((state) => state === "foreign" || state === "unknown")
        ? "it has a cluster that this checkout did not make, or that cannot be looked at, and stays"
        : undefined;
}

function readStudents(file: string): readonly Student[] {
    if (!existsSync(file)) {
        throw new UsageError(`there is no file ${quote(file)} with the students`);
    }
    const { students, problems } = parseStudents(readFileSync(file, "utf8"), file, readProject());
    if (students === undefined) {
        throw new ProblemsError(problems);
    }
    return students;
}

function requireNone(problems: readonly Problem[]): void {
    if (problems.length > 0) {
        throw new ProblemsError(problems);
    }
}

async function roomNow(): Promise<Room> {
    const [facts, nodes] = await Promise.all([
        gatherFacts(localMachine.run),
        askEngine(localMachine.run, ["ps", "--format", "{{.Names}}"]),
    ]);
    const ours = nodes.stdout.split("\n").filter((name) => /^mesh-.*-control-plane$/.test(name));
    return {
        engineBytes: facts.engine.state === "running" ? facts.engine.memoryBytes : undefined,
        availableBytes: facts.availableMemoryBytes,
        pairsUp: Math.ceil(ours.length / 2),
    };
}

/** What every `up` would warn of, once for all. */
async function warn(): Promise<void> {
    const config = requireLabConfig({}, readProject());
    const { warnings } = checkMachine(await gatherFacts(localMachine.run), config, 2);
    warnings.forEach(({ message, fix }) => say(`${message} Fix: ${fix}`));
}

function wholeNumber(text: string): number {
    if (!/^[1-9]\d{0,2}$/.test(text)) {
        throw new UsageError(
            `--parallel is ${quote(text)}; it must be a whole number from 1 to 999`,
        );
    }
    return Number(text);
}
