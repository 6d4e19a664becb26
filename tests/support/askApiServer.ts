/**
 * Asks the API servers of the kubeconfigs on standard input, a list in JSON, everything that the lab may ask one, and
 * prints as JSON what came of each question. A program of its own, because the time that passes for it does so for the
 * Kubernetes client, too. With `--pass-time` it passes at once as soon as the servers have seen all questions, so nobody
 * has to wait for it. It ends by itself, once no connection is left.
 */
import { text } from "node:stream/consumers";
import { mock } from "node:test";
import { Outcome, askEverything } from "./everyQuestion";

/** All that came of all questions to one API server. */
export interface Outcomes {
    /** Questions that had an answer or an error just before the patience ended. */
    readonly early: readonly string[];
    readonly outcomes: Readonly<Record<string, Outcome>>;
}

const patienceMs = 10_000;

/** What is left until a command in a pod is given up. */
const execMs = 50_000;

/** Node's own, whatever time passes for all others. */
const wait = setTimeout;

async function main(): Promise<void> {
    const kubeconfigs = JSON.parse(await text(process.stdin)) as string[];
    const passTime = process.argv.includes("--pass-time");
    if (passTime) {
        mock.timers.enable({ apis: ["setTimeout"] });
    }
    const asked = kubeconfigs.map(askEverything);
    let early: string[][] = [];
    if (passTime) {
        await settle();
        mock.timers.tick(patienceMs - 1);
        await settle();
        early = asked.map(({ outcomes }) => Object.keys(outcomes));
        // The log is asked for twice, one after the other.
        for (const ms of [1, patienceMs, execMs]) {
            mock.timers.tick(ms);
            await settle();
        }
    }
    await Promise.all(asked.map(({ ended }) => ended));
    const all = asked.map(({ outcomes }, index): Outcomes => ({
        early: early[index] ?? [],
        outcomes,
    }));
    process.stdout.write(JSON.stringify(all));
}

/** Time for what is on its way over the loopback. */
function settle(): Promise<void> {
    return new Promise((resolve) => void wait(resolve, 300));
}

void main();
