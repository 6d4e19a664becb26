import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { clusterOf } from "../../src/proof/verify/requests";
import { RealLab } from "./realLab";

/** One request: when its outcome came, in milliseconds since the machine's start, and who answered; undefined if nobody did. */
export interface SteadyOutcome {
    readonly at: number;
    readonly cluster: string | undefined;
}

/** What became of the requests of one client. */
export interface Tally {
    readonly sent: number;
    /** Number of answers by the cluster that answered. */
    readonly answered: Readonly<Record<string, number>>;
    readonly failed: number;
    /** Longest time from one answer to the next, in milliseconds. */
    readonly longestGapMs: number;
}

/** Counts a client's outcomes, which are in the order of their time. */
export function tally(outcomes: readonly SteadyOutcome[]): Tally {
    const answers = outcomes.filter(({ cluster }) => cluster !== undefined);
    const answered: Record<string, number> = {};
    answers.forEach(({ cluster }) => (answered[cluster!] = (answered[cluster!] ?? 0) + 1));
    const gaps = answers.slice(1).map(({ at }, index) => at - answers[index]!.at);
    return {
        sent: outcomes.length,
        answered,
        failed: outcomes.length - answers.length,
        longestGapMs: Math.max(0, ...gaps),
    };
}

/** A client that asks all the time. */
export interface SteadyClient {
    readonly outcomes: readonly SteadyOutcome[];
    /** Ends the requests and counts them. */
    readonly stop: () => Promise<Tally>;
}

/**
 * Sends a request to a Service about every 100 ms, from one x-wing pod, each on a connection of its own, until it
 * is stopped. Nothing that runs on this machine's kubeconfig or through Cilium's network is between pod and test.
 */
export function askSteadily(
    lab: RealLab,
    cluster: "cluster1" | "cluster2",
    service = "rebel-base",
): SteadyClient {
    // The loop ends when its standard input does.
    const script = [
        "exec 3<&0",
        "{ cat <&3 >/dev/null; kill $$; } &",
        `while :; do answer=$(curl --silent --max-time 2 http://${service}/); code=$?`,
        'read uptime idle </proc/uptime; echo "$uptime $code $answer"; sleep 0.1; done',
    ].join("\n");
    const child = spawn(
        "docker",
        [
            ...["exec", "--interactive", lab.node(cluster)],
            ...["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf"],
            ...["exec", "--stdin", "deploy/x-wing", "--", "sh", "-c", script],
        ],
        { stdio: ["pipe", "pipe", "inherit"] },
    );
    const outcomes: SteadyOutcome[] = [];
    createInterface(child.stdout).on("line", (line) => {
        const [, uptime, code, body] = /^([\d.]+) (\d+) ?(.*)$/.exec(line) ?? [];
        const at = Math.round(Number(uptime) * 1000);
        outcomes.push({ at, cluster: code === "0" ? clusterOf(body) : undefined });
    });
    const closed = once(child, "close");
    return {
        outcomes,
        stop: async () => {
            child.stdin.end();
            await closed;
            return tally(outcomes);
        },
    };
}
