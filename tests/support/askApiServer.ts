/**
 * Asks the API server of the kubeconfig on standard input everything that the lab may ask one, all at once, and
 * prints as JSON what came of each question. A program of its own, because jest cannot load the Kubernetes
 * client. With `--pass-time` the time passes at once as soon as the server has seen all questions, so nobody has to
 * wait for it. It ends by itself, once no connection is left.
 */
import { text } from "node:stream/consumers";
import { mock } from "node:test";
import { connect } from "../../src/mesh/kube/clusterApi";
import { sessionsOf } from "../../src/mesh/kube/session";

/** What came of a question. */
export type Outcome = { readonly answer: unknown } | { readonly error: string };

/** All that came of all questions. */
export interface Outcomes {
    /** Questions that had an answer or an error just before the patience ended. */
    readonly early: readonly string[];
    readonly outcomes: Readonly<Record<string, Outcome>>;
}

const patienceMs = 10_000;

/** What is left until a command in a pod is given up. */
const execMs = 50_000;

async function main(): Promise<void> {
    const kubeconfig = await text(process.stdin);
    const passTime = process.argv.includes("--pass-time");
    if (passTime) {
        mock.timers.enable({ apis: ["setTimeout"] });
    }
    const api = connect(kubeconfig);
    const questions = {
        pods: api.pods("default", "name=x-wing"),
        deployment: api.deployment("default", "rebel-base"),
        daemonSet: api.daemonSet("kube-system", "cilium"),
        service: api.service("default", "rebel-base"),
        networkPolicy: api.networkPolicy("default", "deny"),
        lastWarning: api.lastWarning("default", "x-wing-a"),
        lastLogLine: api.lastLogLine("default", "x-wing-a", "x-wing"),
        exec: api.exec("default", "x-wing-a", "x-wing", ["date"]),
        session: session(kubeconfig),
    };
    const outcomes: Record<string, Outcome> = {};
    const asked = Object.entries<Promise<unknown>>(questions).map(([name, question]) =>
        question.then(
            (answer) => (outcomes[name] = { answer: answer ?? null }),
            (error: Error) => (outcomes[name] = { error: error.message }),
        ),
    );
    let early: string[] = [];
    if (passTime) {
        await settle();
        mock.timers.tick(patienceMs - 1);
        await settle();
        early = Object.keys(outcomes);
        // The log is asked for twice, one after the other.
        for (const ms of [1, patienceMs, execMs]) {
            mock.timers.tick(ms);
            await settle();
        }
    }
    await Promise.all(asked);
    process.stdout.write(JSON.stringify({ early, outcomes } satisfies Outcomes));
}

/** Opens a session and closes it. */
async function session(kubeconfig: string): Promise<string> {
    const place = { namespace: "default", pod: "x-wing-a", container: "x-wing" };
    const open = sessionsOf(kubeconfig);
    const { close } = await open(place, ["sh"], () => undefined, new AbortController().signal);
    close();
    return "opened";
}

/** Time for what is on its way over the loopback. */
function settle(): Promise<void> {
    const end = performance.now() + 300;
    return new Promise((resolve) => {
        const turn = () => (performance.now() < end ? setImmediate(turn) : resolve());
        turn();
    });
}

void main();
