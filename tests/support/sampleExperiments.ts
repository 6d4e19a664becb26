import { runExperiments } from "../../src/commands/experiment/run";
import { changed } from "../../src/lab/exercise";
import { experiments } from "../../src/lab/experiments";
import { LiveStep } from "../../src/proof/experiment/change";
import { ExperimentReport, ExperimentResult } from "../../src/proof/experiment/result";
import { configWith } from "./defaultConfig";
import { Delays, SteadyWorld } from "./steadyWorld";

/** What three runs of experiments come to on a stack with these values, in a world that takes so long. */
export async function sampleExperiments(
    names: readonly string[],
    {
        values = {},
        runs = 3,
        ...delays
    }: Delays & { values?: Record<string, string>; runs?: number },
): Promise<ExperimentReport> {
    let own = values;
    let live: Record<string, string> = values;
    const results: ExperimentResult[] = [];
    const world = new SteadyWorld(configWith(own), delays);
    const show = (next: Record<string, string>) => {
        live = next;
        world.change(configWith(live));
        return Promise.resolve();
    };
    await runExperiments(
        {
            ownValues: () => own,
            configOf: configWith,
            connect: () => Promise.resolve(),
            apply: (changes) => {
                own = changed(own, changes);
                return show(own);
            },
            record: (clients) => {
                world.clients = clients;
                const stop = () => Promise.resolve();
                return Promise.resolve({ requests: world.requests, troubles: [], stop });
            },
            doSteps: (steps) => show({ ...live, ...changesOf(steps) }),
            memory: { read: () => undefined, write: () => undefined, clear: () => undefined },
            say: () => undefined,
            time: world.time,
            onResult: (result) => void results.push(result),
            signal: new AbortController().signal,
        },
        experiments.filter(({ name }) => names.includes(name)),
        runs,
    );
    const { clusters } = configWith(own);
    return {
        stack: "dev",
        ciliumVersion: clusters[0]!.release.version,
        at: "2026-03-01T12:34:56.789Z",
        clusters: clusters.map(({ name }) => name),
        experiments: results,
    };
}

/** What steps on live objects make of a lab, as its config would say it. */
function changesOf(steps: readonly LiveStep[]): Record<string, string> {
    const pairs = steps.map((step): [string, string] => {
        if (step.does === "begin-outage") {
            return ["outage", step.cluster];
        }
        if (step.does === "end-outage") {
            return ["outage", "none"];
        }
        const [operation] = step.does === "patch" ? step.operations : [];
        const value = operation === undefined || operation.op === "remove" ? "" : operation.value;
        return ["rebelBaseReplicas", String(value)];
    });
    return Object.fromEntries(pairs);
}
