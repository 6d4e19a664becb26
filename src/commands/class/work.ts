import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { readProject } from "../../config/declaration";
import { UsageError } from "../../config/errors";
import { requireLabConfig } from "../../config/parseLabConfig";
import { problemText, quote, requireNone } from "../../config/problem";
import { readStackValues } from "../../config/stackFile";
import { checkMachine, requireEngine } from "../../machine/checks";
import { askEngine } from "../../machine/engine";
import { gatherFacts } from "../../machine/facts";
import { localMachine } from "../../machine/machine";
import { recordedStacks } from "../../mesh/kind/record";
import { Automation, openAutomation } from "../../stack/automation";
import { LabStack } from "../../stack/home";
import { lockStack } from "../../stack/lock";
import { withinSecondsOf } from "../../stack/prove";
import { createStack, findStack, listStacks } from "../../stack/stack";
import { assignments, exitCodes } from "../command";
import { callersPath } from "../npm";
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
import { reasonLine } from "./outcome";
import { runForAll } from "./run";
import { statusHtml, statusText } from "./status";
import { defaultFile, readStudents } from "./students";
import { agedText, isExpired } from "./ttl";

const { say } = localMachine;

/** Labs that are asked or deleted at a time; neither takes memory. */
const lightAtATime = 4;

/** Brings up every lab, or reconciles it with its config, and proves it. */
export async function up(
    { parallel: asked }: { readonly parallel?: number },
    [file = defaultFile]: readonly string[],
): Promise<number> {
    const students = readStudents(file);
    requireNone(classProblems(students, readStackValues, readProject(), file));
    await requireEngine();
    await localMachine.kind();
    const automation = await openAutomation();
    // A backend that cannot be asked is told once, not by every lab.
    await listStacks(automation.pulumi);
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
        workOn: (student, tell, signal, isStopping) =>
            bringUp(student, automation, { say: tell, signal, isStopping }),
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

/** Takes down every lab. */
export async function down(_: unknown, [file = defaultFile]: readonly string[]): Promise<number> {
    const students = readStudents(file);
    await requireEngine();
    const automation = await openAutomation();
    return runForAll(students, {
        work: "down",
        limit: lightAtATime,
        workOn: ({ stack }, tell, signal, isStopping) =>
            bringDown(stack, automation, { say: tell, signal, isStopping }),
    });
}

/** Asks in every lab who answers. */
export async function verify(
    { within }: { readonly within?: number },
    [file = defaultFile]: readonly string[],
): Promise<number> {
    const students = readStudents(file);
    await requireEngine();
    return runForAll(students, {
        work: "verify",
        limit: lightAtATime,
        workOn: ({ stack }) => {
            const home = new LabStack(stack);
            return proof(home, within ?? withinSecondsOf(home.config));
        },
    });
}

/** Shows what there is of every lab. */
export async function status(
    { report }: { readonly report?: string },
    [file = defaultFile]: readonly string[],
): Promise<number> {
    const students = readStudents(file);
    await requireEngine();
    const { pulumi } = await openAutomation();
    const stacks = await listStacks(pulumi);
    const labs = await Promise.all(
        students.map(async ({ name, stack }) => ({
            ...orNothing(() => agedLab(stack, stacks), { ttlHours: undefined, lastUp: undefined }),
            ...{ name, stack },
            clusters: await clusterStates(stack),
            outcome: orNothing(() => readOutcome(stack), undefined),
        })),
    );
    process.stdout.write(`${statusText(labs, Date.now())}\n`);
    if (report !== undefined) {
        const path = callersPath(report);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, statusHtml(labs, Date.now()));
        process.stdout.write(`Page: ${report}\n`);
    }
    return exitCodes.ok;
}

/** Sets config keys for all students. */
export async function set(_: unknown, given: readonly string[]): Promise<number> {
    const changes = given.filter((text) => text.includes("="));
    const [file = defaultFile, stray] = given.filter((text) => !changes.includes(text));
    if (stray !== undefined) {
        throw new UsageError(`set does not take ${quote(stray)}`);
    }
    if (changes.length === 0) {
        throw new UsageError("set needs at least one key=value");
    }
    const project = readProject();
    const wanted = assignments(changes, project.name);
    const students = readStudents(file);
    requireNone(settingProblems(wanted, students, readStackValues, project, file));
    const { pulumi, stack: open } = await openAutomation();
    const stacks = await listStacks(pulumi);
    // All of them before the first is changed.
    for (const { stack } of students) {
        await lockStack(stack, "class -- set");
    }
    for (const { stack } of students) {
        if (findStack(stacks, stack) === undefined) {
            await createStack(pulumi, stack);
        }
        await setValues(await open(stack), wanted, readStackValues(stack));
    }
    say(
        `${changes.join(" ")} is set for ${students.length === 1 ? "one student" : `${students.length} students`}. Next: npm run class -- up ${file}`,
    );
    return exitCodes.ok;
}

/** Removes the labs of this checkout that are past their time. */
export async function reap({ yes }: { readonly yes?: boolean }): Promise<number> {
    const automation = await openAutomation();
    const stacks = await listStacks(automation.pulumi);
    const now = Date.now();
    const labs = recordedStacks().map((stack) =>
        orNothing(() => agedLab(stack, stacks), { stack, ttlHours: undefined, lastUp: undefined }),
    );
    const expired = labs.filter((lab) => isExpired(lab, now)).map(({ stack }) => stack);
    process.stdout.write(`${agedText(labs, now)}\n`);
    if (expired.length === 0) {
        say("Nothing is to be removed.");
        return exitCodes.ok;
    }
    if (yes !== true) {
        say(`To be removed by npm run class -- reap --yes: ${expired.join(", ")}`);
        return exitCodes.ok;
    }
    await requireEngine();
    return runForAll(
        expired.map((stack) => ({ name: stack, stack, config: {} })),
        {
            work: "down",
            limit: lightAtATime,
            workOn: ({ stack }, tell, signal, isStopping) =>
                bringDown(stack, automation, { say: tell, signal, isStopping }, () =>
                    whyKept(stack, automation),
                ),
        },
    );
}

/** Why a lab that was found to be past its time is kept after all. */
async function whyKept(stack: string, { pulumi }: Automation): Promise<string | undefined> {
    if (!isExpired(agedLab(stack, await listStacks(pulumi)), Date.now())) {
        return "it was brought up meanwhile, and is kept";
    }
    const states = await clusterStates(stack);
    return states.some((state) => state === "foreign" || state === "unknown")
        ? "it has a cluster that this checkout did not make, or that cannot be looked at, and stays"
        : undefined;
}

/** What files of one lab tell; where they are damaged, that is no matter of the others. */
function orNothing<T, N>(read: () => T, nothing: N): T | N {
    try {
        return read();
    } catch (error) {
        say(reasonLine(error as Error));
        return nothing;
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
    warnings.forEach((warning) => say(problemText(warning)));
}
