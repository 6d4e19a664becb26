/** Requests of one exec in an x-wing pod. */
export interface Batch {
    readonly requests: number;
    /** Requests that are on their way at the same time. */
    readonly concurrency: number;
}

/**
 * Requests on their way at the same time where each is answered: more would only make the answers slower, and a client
 * on two processors lose some.
 */
const answeredConcurrency = 16;

/** The same where requests must fail: they do nothing but wait. */
const failingConcurrency = 64;

/** Times that a batch's requests may follow each other: each takes {@link requestSeconds} at most. */
const wavesInBatch = 12;

/** Longest time to connect, in seconds: a peer that is gone takes no connections. */
export const connectSeconds = 1;

/** Longest time of one request, in seconds: a peer whose node is paused takes connections and never answers. */
export const requestSeconds = 3;

/**
 * The batches of so many requests, each so small that it ends well within the time of an exec (60 s), even if no request
 * is answered.
 *
 * @param mayFail Whether the rule lets requests fail.
 */
export function batchesOf(requests: number, mayFail: boolean): Batch[] {
    const concurrency = mayFail ? failingConcurrency : answeredConcurrency;
    const most = concurrency * wavesInBatch;
    const count = Math.ceil(requests / most);
    return Array.from({ length: count }, (_, index) => ({
        requests: Math.floor((requests + index) / count),
        concurrency,
    }));
}

/** Longest time of a batch in the pod, in seconds. What takes longer is ended there, whoever still listens. */
const batchSeconds = wavesInBatch * requestSeconds + 6;

/** What a client asks besides: the API server's own Service, by its name, which must answer whatever the lab does. */
const controlUrl = "https://kubernetes.default/version";

/** The last line of a script that ran to its end. */
export const endLine = "end of requests";

/**
 * Shell script for an x-wing pod: so many requests, each on a connection of its own (a kept-alive one would stay with its
 * backend), and per request a line `number status exit-code seconds`, then per answer a line `number:first line of the
 * body`. Where nothing was answered it asks the API server, up to three times, with a line `control status exit-code`
 * each: a client whose DNS or network is broken gets no answer of that either.
 */
export function requestScript({ requests, concurrency }: Batch): string {
    const control = [
        "curl --silent --insecure --connect-timeout 1 --max-time 2 --output /dev/null",
        `--write-out 'control %{http_code} %{exitcode}\\n' ${controlUrl}`,
    ].join(" ");
    return [
        "folder=$(mktemp -d) && cd $folder || exit",
        [
            `timeout -s KILL ${batchSeconds}`,
            `curl --silent --no-progress-meter --parallel --parallel-immediate --parallel-max ${concurrency} --http1.1`,
            `--connect-timeout ${connectSeconds} --max-time ${requestSeconds} --header 'Connection: close'`,
            "--output '#1' --write-out '%{filename_effective} %{http_code} %{exitcode} %{time_total}\\n'",
            `'http://rebel-base/?[1-${requests}]'`,
        ].join(" "),
        "grep -m 1 -H '' * 2>/dev/null | cut -c 1-300",
        `ls | grep -q . || for try in 1 2 3; do ${control} && break; done`,
        "cd / && rm -rf $folder",
        `echo ${endLine}`,
    ].join("\n");
}
