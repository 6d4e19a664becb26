import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import * as yaml from "js-yaml";
import { Declare, exitCodes, runCommand } from "../src/commands/command";
import { projectRoot, readProject } from "../src/config/declaration";
import { UsageError } from "../src/config/errors";
import { localMachine } from "../src/machine/machine";
import { labFolder } from "../src/machine/names";
import { run } from "../src/machine/run";
import { abortedBy } from "../src/machine/signals";
import { connect } from "../src/mesh/kube/clusterApi";
import { openPulumi } from "../src/stack/pulumi";
import { Bench } from "./bench";
import { chartSvg } from "./chart";
import { InterruptedError, interruptible, interruptibleSleep } from "./interruption";
import { PlanOptions, planOf, requirePairs, topics } from "./plan";
import { BenchResult, parseResult, resultFormat } from "./result";
import { againstText, partsText, processorText, summarise, summaryText } from "./summary";
import { ways } from "./ways";

const declare: Declare = (command) =>
    command
        .description(
            `Measures the lab and the two ways of Cilium's guide in turn, on clusters of its own: helm, and the cilium CLI.
A way whose programs (helm, cilium, kubectl) are not on PATH is left out.`,
        )
        .option("--rounds <number>", "how often (default: 3); each takes about twenty minutes")
        .option("--only <topics>", `some of ${topics.join(",")}`)
        .option("--ways <ways>", `some of ${ways.join(",")}`)
        .option("--idle-seconds <number>", "how long an idle pair is watched (default: 60)")
        .option("--pairs <numbers>", "numbers of pairs at which growth is measured, e.g. 1,2,4")
        .option("--stack-config <file>", "a stack file with the images, chart and values to use")
        .option(
            "--json <file>",
            "where the result goes (default: .lab/bench/TIME.json), its chart beside it",
        )
        .option(
            "--against <file>",
            "compare with an earlier result, if machine and images are the same",
        )
        .does(benchmark);

interface Options extends PlanOptions {
    readonly stackConfig?: string;
    readonly json?: string;
    readonly against?: string;
}

async function benchmark(values: Options): Promise<number> {
    const plan = planOf(values);
    const earlier = values.against === undefined ? undefined : readResult(values.against);
    const stackValues = readValues(values.stackConfig);
    requirePairs(stackValues);
    const interruption = abortedBy(["SIGINT", "SIGTERM"]);
    const bench = new Bench(plan, {
        machine: { ...localMachine, run: interruptible(run, interruption) },
        runToEnd: run,
        pulumi: await openPulumi(),
        connect,
        time: { now: Date.now, sleep: interruptibleSleep(interruption) },
        name: `bench-${randomBytes(3).toString("hex")}`,
        values: stackValues,
    });
    const failure = await errorOf(bench.run());
    localMachine.say("taking away what was made");
    const left = await errorOf(bench.clean());
    if (bench.measured.samples.length > 0) {
        process.stdout.write(`\n${keep(bench, values.json, earlier)}\n`);
    }
    if (left !== undefined) {
        throw left;
    }
    if (failure instanceof InterruptedError) {
        return exitCodes.interrupted;
    }
    if (failure) {
        throw failure;
    }
    return exitCodes.ok;
}

function errorOf(work: Promise<void>): Promise<Error | undefined> {
    return work.then(
        () => undefined,
        (error: Error) => error,
    );
}

void runCommand("bench", declare, process.argv.slice(2));

/** Writes what was measured; returns what to tell of it. */
function keep(bench: Bench, path: string | undefined, earlier: BenchResult | undefined): string {
    const { fingerprint, versions } = bench;
    const { samples, leftOut } = bench.measured;
    const result: BenchResult = {
        format: resultFormat,
        at: new Date().toISOString(),
        project: projectVersion(),
        fingerprint,
        tools: versions,
        samples,
        leftOut,
    };
    const saved = save(result, path);
    const comparison = earlier ? againstText(result, earlier) : "";
    const texts = [
        ...[summaryText(result), processorText(samples), partsText(samples)],
        ...[comparison, saved],
    ];
    return texts.filter((text) => text !== "").join("\n\n");
}

/** The project's own values in a stack file; texts and numbers as they are. */
function readValues(path: string | undefined): Record<string, unknown> {
    if (path === undefined) {
        return {};
    }
    const prefix = `${readProject().name}:`;
    const { config } = (yaml.load(read(path, "--stack-config")) ?? {}) as {
        config?: Record<string, unknown>;
    };
    return Object.fromEntries(
        Object.entries(config ?? {})
            .filter(([key]) => key.startsWith(prefix))
            .map(([key, value]) => [key.slice(prefix.length), value]),
    );
}

function readResult(path: string): BenchResult {
    const text = read(path, "--against");
    try {
        return parseResult(text);
    } catch (error) {
        throw new UsageError(`--against is ${path}: ${(error as Error).message}`);
    }
}

function read(path: string, option: string): string {
    if (!existsSync(path)) {
        throw new UsageError(`${option} is ${JSON.stringify(path)}, but there is no such file`);
    }
    return readFileSync(path, "utf8");
}

function projectVersion(): string {
    const file = readFileSync(join(projectRoot, "package.json"), "utf8");
    return (JSON.parse(file) as { version: string }).version;
}

/** Writes the result and, beside it, its chart; returns what to tell of them. */
function save(result: BenchResult, option: string | undefined): string {
    const time = result.at.replace(/\..*$/, "").replaceAll(":", "-");
    const path = option ?? join(labFolder, "bench", `${time}.json`);
    const chart = `${path.replace(/\.json$/, "")}.svg`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
    writeFileSync(chart, chartSvg(summarise(result.samples), `${result.project}, ${time}`));
    return `Result: ${relative(projectRoot, path)}, chart: ${relative(projectRoot, chart)}`;
}
