import { RequestFlow } from "./request";

/** How long a request may be on its way before that is worth a word, in milliseconds. */
const arrivingMs = 1_500;

/**
 * The last requests, the newest first. Those that have just left are not among them: agents are read one after the other,
 * and what one has seen leave, the other may not have seen arrive.
 */
export function lastFlows(flows: readonly RequestFlow[], count: number): RequestFlow[] {
    const newest = flows.reduce((last, { at }) => Math.max(last, at), -Infinity);
    return flows
        .filter(({ outcome, at }) => outcome !== "sent" || at < newest - arrivingMs)
        .slice(-count)
        .reverse();
}
