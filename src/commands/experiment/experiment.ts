import { join } from "node:path";
import { readProject } from "../../config/declaration";
import { UsageError } from "../../config/errors";
import { LabConfig } from "../../config/labConfig";
import { requireLabConfig } from "../../config/parseLabConfig";
import { ProblemsError, jsonText, nearest, quote } from "../../config/problem";
import { ciliumVersions, oldestVersion, versionsText } from "../../lab/ciliumVersions";
import { Experiment, experiments, experimentsFor } from "../../lab/experiments";
import { writeWhole } from "../../machine/files";
import { localMachine } from "../../machine/machine";
import { stackFolder } from "../../machine/names";
import { interruptibleTime } from "../../machine/poll";
import { onSignals } from "../../machine/signals";
import { doSteps } from "../../proof/experiment/change";
import { reportJson } from "../../proof/experiment/json";
import { startRecording } from "../../proof/experiment/record";
import { ExperimentReport, ExperimentResult } from "../../proof/experiment/result";
import { experimentLines } from "../../proof/experiment/text";
import { experimentsHtml } from "../../proof/report/experiment";
import { LabStack } from "../../stack/home";
import { lockStack } from "../../stack/lock";
import { PulumiCli, openPulumi } from "../../stack/pulumi";
import { chosenStack } from "../chosenStack";
import { Declare, assignments, exitCodes, numberOption } from "../command";
import { callersPath } from "../npm";
import { Reach, applyChanges } from "./lab";
import { memoryOfExperiments } from "./memory";
import { Planned } from "./prepare";
import { ExperimentGuide, runExperiments } from "./run";

/** Stands for every experiment that the stack's Cilium has something to show of. */
const all = "all";

export const declare: Declare = (command) =>
    command
        .description(
            `Measures what clients get while one change is made and reverted: ten requests a second from every live cluster, on a stack that is up.
Restores the stack's own settings at the end, after a failure and after Ctrl-C.`,
        )
        .argument("[name...]", `${all}, or any of the experiments below`)
        .ofStack()
        .option(
            "--runs <number>",
            "how many times, 1 to 20; more than one gives medians (default: 1)",
            numberOption("--runs", 1, 20),
        )
        .option("--from <key=value>", "start with this setting; may be repeated", pairs("--from"))
        .option("--to <key=value>", "a change of your own; may be repeated", pairs("--to"))
        .option("--json", "print the results as JSON on standard output")
        .option(
            "--report <file>",
            "where to write the page (default: .lab/stacks/NAME/experiments.html)",
        )
        .addHelpText(
            "after",
            `
Experiments:
${experiments.map(({ name, title }) => `  ${name.padEnd(27)}${title}`).join("\n")}

With --to the experiment starts with the stack's own settings. What only Pulumi can change, e.g. ciliumVersion, counts from
the start of pulumi up.

Exit codes: 0 every change arrived, 1 one did not or failed, 2 wrong usage or config, 3 a cluster could not be asked.`,
        )
        .does(experiment);

interface Options {
    readonly stack?: string;
    readonly runs?: number;
    readonly from?: Readonly<Record<string, string>>;
    readonly to?: Readonly<Record<string, string>>;
    readonly json?: boolean;
    readonly report?: string;
}

const { say } = localMachine;

async function experiment(options: Options, names: readonly string[]): Promise<number> {
    const plan = planOf(names, options);
    const home = chosenStack(options.stack);
    await lockStack(home.name, "experiment");
    const interruption = new AbortController();
    onSignals(["SIGINT", "SIGTERM"], () => interruption.abort());
    const results: ExperimentResult[] = [];
    const guide = guideOf(home, interruption.signal, (result) => {
        results.push(result);
        if (!options.json) {
            process.stdout.write(`\n${experimentLines(result).join("\n")}\n`);
        }
    });
    const planned = typeof plan === "function" ? plan(home.config) : plan;
    const isFinished = await runExperiments(guide, planned, options.runs ?? 1).finally(() =>
        // What was measured before something failed is told all the same.
        tell(reportOf(home.config, home.name, results), options),
    );
    return isFinished ? exitCodeOf(results) : exitCodes.interrupted;
}

/** What is done to the stack, and how its clusters are asked. */
function guideOf(
    home: LabStack,
    signal: AbortSignal,
    onResult: ExperimentGuide["onResult"],
): ExperimentGuide {
    const { name: stack, config } = home;
    const reach = new Reach(home);
    const time = interruptibleTime(signal);
    let opened: Promise<PulumiCli> | undefined;
    const pulumi = () => (opened ??= openPulumi());
    return {
        ownValues: () => home.reread().values,
        configOf: (own) => requireLabConfig(own, readProject()),
        connect: async () => {
            await reach.renew(config);
            await pulumi();
        },
        apply: async (changes) => applyChanges(await pulumi(), home, changes),
        record: async (clusters, now) => {
            await reach.renew(now);
            return startRecording(reach.of(clusters), time.now);
        },
        doSteps: (steps) =>
            doSteps(steps, {
                stack,
                apiOf: (cluster) => reach.one(cluster).api,
                machine: { ...localMachine, say: (line) => say(`  ${line}`) },
            }),
        memory: memoryOfExperiments(stack),
        say,
        time,
        onResult,
        signal,
    };
}

/** Prints and writes what was measured; nothing where nothing was. */
function tell(report: ExperimentReport, { json, report: given }: Options): void {
    if (json) {
        process.stdout.write(`${jsonText(reportJson(report))}\n`);
    }
    if (report.experiments.length > 0) {
        const own = join(stackFolder(report.stack), "experiments.html");
        const path = given === undefined ? own : callersPath(given);
        writeWhole(path, experimentsHtml(report));
        say(`Report: ${path}`);
    }
}

function reportOf(
    config: LabConfig,
    stack: string,
    results: readonly ExperimentResult[],
): ExperimentReport {
    return {
        stack,
        ciliumVersion: versionsText(ciliumVersions(config)),
        at: new Date().toISOString(),
        clusters: config.clusters.map(({ name }) => name),
        experiments: results,
    };
}

function exitCodeOf(results: readonly ExperimentResult[]): number {
    const runs = results.flatMap(({ measurements }) => measurements.flatMap((one) => one.runs));
    return runs.every(({ isSettled }) => isSettled) ? exitCodes.ok : exitCodes.failed;
}

/** The experiments that a command line means; where it is all of them, they are known with the stack's config. */
export function planOf(
    names: readonly string[],
    { from = {}, to = {} }: Pick<Options, "from" | "to">,
): Planned[] | ((config: LabConfig) => Planned[]) {
    const begun = (one: Experiment): Planned => ({ ...one, from: { ...one.from, ...from } });
    if (Object.keys(to).length > 0) {
        if (names.length > 0) {
            throw new UsageError(`--to is an experiment of its own; leave out ${quote(names[0]!)}`);
        }
        return [{ name: "own", title: "a change of your own", from, to, isOwn: true }];
    }
    if (names.includes(all)) {
        const more = names.find((name) => name !== all);
        if (more !== undefined) {
            throw new UsageError(`${all} has every experiment in it; leave out ${quote(more)}`);
        }
        return (config) =>
            experimentsFor(oldestVersion(config))
                .filter((one) => config.clusterProvider === "kind" || !isOfNode(one))
                .map(begun);
    }
    if (names.length === 0) {
        throw new UsageError(`no experiment is given; it must be ${knownText()}`);
    }
    return [...new Set(names)].map((name) => begun(named(name)));
}

/** Whether a node dies in it: only kind's can be stopped from here. */
function isOfNode({ from, to }: Experiment): boolean {
    return to.outage !== undefined && from.outageOf === undefined;
}

function named(name: string): Experiment {
    const found = experiments.find((one) => one.name === name);
    if (found === undefined) {
        const meant = nearest(
            name,
            experiments.map((one) => one.name),
        );
        const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
        throw new ProblemsError([
            { message: `${quote(name)} is no experiment; it must be ${knownText()}${hint}` },
        ]);
    }
    return found;
}

function knownText(): string {
    return `${all}, ${experiments.map(({ name }) => name).join(", ")}, or --to key=value`;
}

/** The values of an option that may be repeated, one `key=value` each. */
function pairs(option: string) {
    return (text: string, before: Readonly<Record<string, string>> = {}) => {
        const given = Object.entries(before).map(([key, value]) => `${key}=${value}`);
        return assignments([...given, text], readProject().name, `${option} is `);
    };
}
