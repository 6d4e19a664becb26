/** Chance at which a cluster that answers may be missed by one client's requests. */
export const missChance = 1e-6;

/** Fewest requests of a client: what the lab's own loop sends. */
export const fewestRequests = 10;

/**
 * Number of requests after which every cluster with backends has answered, but for one chance in a million.
 * Cilium picks a backend for each connection with the same weight for every pod, so a cluster's share is its
 * part of the pods (measured: 1 and 3 replicas, 14 and 26 of 40 requests).
 *
 * @param backends Number of backends of each cluster.
 * @returns At least 10.
 */
export function requestsNeeded(backends: readonly number[]): number {
    const total = backends.reduce((sum, count) => sum + count, 0);
    const needed = backends
        .filter((count) => count > 0 && count < total)
        .map((count) => Math.ceil(Math.log(missChance) / Math.log(1 - count / total)));
    return Math.max(fewestRequests, ...needed);
}

/** Requests that are on their way at the same time. */
const concurrency = 16;

/**
 * Shell script for an x-wing pod: so many requests, each on a connection of its own (a kept-alive one would
 * stay with its backend), and per request a line `number status seconds`, then per answer a line
 * `number:first line of the body`.
 */
export function requestScript(requests: number): string {
    return [
        "folder=$(mktemp -d) && cd $folder",
        [
            `curl --silent --no-progress-meter --parallel --parallel-immediate --parallel-max ${concurrency} --http1.1`,
            "--connect-timeout 1 --max-time 3 --header 'Connection: close'",
            "--output '#1' --write-out '%{filename_effective} %{http_code} %{time_total}\\n'",
            `'http://rebel-base/?[1-${requests}]'`,
        ].join(" "),
        "grep -H '' * 2>/dev/null",
        "cd / && rm -rf $folder",
    ].join("; ");
}

/** One request's outcome. */
export interface Outcome {
    /** The cluster that answered; undefined if nobody did, or not a rebel-base. */
    readonly cluster: string | undefined;
    readonly milliseconds: number;
}

/** Outcomes in the output of {@link requestScript}; a request without a line of its own has failed. */
export function parseOutcomes(output: string, requests: number): Outcome[] {
    const lines = output.split("\n");
    const bodies = new Map<string, string>();
    const transfers = new Map<string, { status: string; seconds: number }>();
    for (const line of lines) {
        const transfer = /^(\d+) (\d{3}) ([\d.]+)$/.exec(line);
        const body = /^(\d+):(.*)$/.exec(line);
        if (transfer) {
            transfers.set(transfer[1]!, { status: transfer[2]!, seconds: Number(transfer[3]) });
        } else if (body && !bodies.has(body[1]!)) {
            bodies.set(body[1]!, body[2]!);
        }
    }
    return Array.from({ length: requests }, (_, index) => {
        const number = String(index + 1);
        const transfer = transfers.get(number);
        return {
            cluster: transfer?.status === "200" ? clusterOf(bodies.get(number)) : undefined,
            milliseconds: (transfer?.seconds ?? 0) * 1000,
        };
    });
}

/** `cluster1` of `{"Galaxy": "Alderaan", "Cluster": "Cluster-1"}`; undefined of anything else. */
export function clusterOf(body: string | undefined): string | undefined {
    try {
        const { Cluster } = JSON.parse(body ?? "") as { Cluster?: unknown };
        return typeof Cluster === "string" ? Cluster.toLowerCase().replace("-", "") : undefined;
    } catch {
        return undefined;
    }
}
