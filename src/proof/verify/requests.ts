import { endLine } from "./script";

/** One request's outcome. */
export interface Outcome {
    /**
     * - `answered`: by a rebel-base, which says of which cluster;
     * - `failed`: nobody answered: the connection was refused or the time ran out;
     * - `unclear`: anything else, e.g. a proxy's 502, another text, a connection that was cut, a name that did not
     *   resolve. It proves neither that somebody answers nor that nobody does.
     */
    readonly kind: "answered" | "failed" | "unclear";
    /** The cluster that answered, where one did. */
    readonly cluster?: string;
    readonly milliseconds: number;
    /** Of one that failed, that the time ran out; only where refused and timed out are told apart. */
    readonly timedOut?: true;
}

/** What came of a batch. */
export interface BatchOutcome {
    readonly outcomes: readonly Outcome[];
    /** Why it proves nothing at all: it was cut off, or the client can reach nothing. */
    readonly broken?: string;
}

/** curl's exit codes for a connection that was refused or had no route, and for a time that ran out. */
const unanswered = ["7", "28"];

/** What the control's exit codes say, as far as they say something about the client. */
const controlReasons: Readonly<Record<string, string>> = {
    "6": "DNS does not resolve it",
    "7": "the connection is refused",
    "28": "the time ran out",
};

/**
 * The outcomes in the output of `requestScript`. One that did not run to its end, or has no line for one of its requests,
 * proves nothing; nor does one without an answer whose control got none either.
 */
export function parseOutcomes(output: string, requests: number): BatchOutcome {
    const lines = output.split("\n");
    const bodies = new Map<string, string>();
    const transfers = new Map<string, Transfer>();
    for (const line of lines) {
        const transfer = /^(\d+) (\d{3}) (\d+) ([\d.]+)$/.exec(line);
        const body = /^(\d+):(.*)$/.exec(line);
        if (transfer) {
            const [, number = "", status = "", code = "", seconds] = transfer;
            transfers.set(number, { status, code, milliseconds: Number(seconds) * 1000 });
        } else if (body && !bodies.has(body[1]!)) {
            bodies.set(body[1]!, body[2]!);
        }
    }
    const numbers = Array.from({ length: requests }, (_, index) => String(index + 1));
    const sent = numbers.flatMap((number) => {
        const transfer = transfers.get(number);
        return transfer === undefined ? [] : [outcomeOf(transfer, bodies.get(number))];
    });
    return { outcomes: sent, broken: whyBroken(lines, sent, requests) };
}

/** What curl says of one request. */
export interface Transfer {
    readonly status: string;
    readonly code: string;
    readonly milliseconds: number;
}

/** One request's outcome. */
export function outcomeOf(
    { status, code, milliseconds }: Transfer,
    body: string | undefined,
): Outcome {
    if (status === "000" && unanswered.includes(code)) {
        return { kind: "failed", milliseconds };
    }
    const cluster = status === "200" && code === "0" ? clusterOf(body) : undefined;
    return cluster === undefined
        ? { kind: "unclear", milliseconds }
        : { kind: "answered", cluster, milliseconds };
}

function whyBroken(
    lines: readonly string[],
    sent: readonly Outcome[],
    requests: number,
): string | undefined {
    if (!lines.includes(endLine) || sent.length < requests) {
        return `its requests were cut off after ${sent.length} of ${requests}`;
    }
    if (sent.some(({ kind }) => kind === "answered")) {
        return undefined;
    }
    const controls = lines.flatMap((line) => /^control (\d{3}) (\d+)$/.exec(line)?.slice(1) ?? []);
    const [status, code = ""] = controls.slice(-2);
    return status === "000"
        ? `it reaches nothing, not even the API server as kubernetes.default (${controlReasons[code] ?? `curl ends with ${code}`})`
        : undefined;
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
