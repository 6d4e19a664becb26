import { connect } from "../../src/mesh/kube/clusterApi";
import { sessionsOf } from "../../src/mesh/kube/session";

/** What came of a question. */
export type Outcome = { readonly answer: unknown } | { readonly error: string };

/** What comes of every question to an API server, each as soon as it is known. */
export interface Asked {
    readonly outcomes: Readonly<Record<string, Outcome>>;
    /** All of them are known. */
    readonly ended: Promise<unknown>;
}

/** Asks the API server of a kubeconfig everything that the lab may ask one, all at once. */
export function askEverything(kubeconfig: string): Asked {
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
    const ended = Object.entries<Promise<unknown>>(questions).map(([name, question]) =>
        question.then(
            (answer) => (outcomes[name] = { answer: answer ?? null }),
            (error: Error) => (outcomes[name] = { error: error.message }),
        ),
    );
    return { outcomes, ended: Promise.all(ended) };
}

/** Opens a session and closes it. */
async function session(kubeconfig: string): Promise<string> {
    const place = { namespace: "default", pod: "x-wing-a", container: "x-wing" };
    const open = sessionsOf(kubeconfig);
    const { close } = await open(place, ["sh"], () => undefined, new AbortController().signal);
    close();
    return "opened";
}
