import { visible } from "../../config/problem";
import { expectedText, reasonsText } from "../../lab/wording";
import { textTable } from "../../machine/terminal";
import { countText } from "../report/format";
import { Flows } from "./flows";
import { RequestFlow } from "./request";
import { AnswerCounts, ClientFlows, ClusterFlowCounts } from "./summary";

/** The columns of {@link flowCells}. */
export const flowHeader = ["time (UTC)", "asked from", "went to", "what became of it"];

/** A request as cells of a table. */
export function flowCells(flow: RequestFlow): string[] {
    const { client, backend } = flow;
    return [
        timeOfFlow(flow),
        `${client.cluster}  ${client.pod}`,
        backend === undefined ? "no pod" : `${backend.cluster ?? "unknown"}  ${backend.pod}`,
        outcomeText(flow),
    ];
}

/** When a request was seen first, `12:34:56.789` in UTC. */
export function timeOfFlow({ at }: RequestFlow): string {
    return new Date(at).toISOString().slice(11, 23);
}

/** What became of a request, in words. */
export function outcomeText({ outcome, reason, droppedIn }: RequestFlow): string {
    switch (outcome) {
        case "arrived":
            return "arrived";
        case "dropped":
            return `dropped in ${droppedIn}: ${reason}`;
        case "sent":
            return "sent, not seen to arrive";
    }
}

/**
 * Flows as text for a terminal: the last requests one by one, then all of them by client beside answers and rule.
 *
 * @param last How many are shown one by one.
 */
export function flowsText(result: Flows, last: number): string {
    const { flows, clients, unread, lost, invalid } = result;
    const shown = last === 0 ? [] : flows.slice(-last);
    const single = shown.length === 0 ? [] : [...textTable([flowHeader, ...shown.map(flowCells)])];
    const more = flows.length - shown.length;
    return [
        ...single,
        ...(flows.length === 0 ? ["No request to rebel-base was seen."] : []),
        ...(more > 0 && last > 0
            ? [`(the last ${last} of ${flows.length}; --last shows more)`]
            : []),
        "",
        ...summaryTable(result),
        ...paragraph("Why not the others:", clients.flatMap(reasonLines)),
        ...paragraph("What the data path does not tell:", clients.flatMap(unseenLines)),
        ...paragraph(
            "Not read:",
            unread.map(({ cluster, reason }) => `${cluster}: ${reason}`),
        ),
        ...(lost === 0
            ? []
            : ["", `Hubble has lost ${countText(lost, "event")}; counts may be too small.`]),
        ...(invalid === 0
            ? []
            : [
                  "",
                  `${countText(invalid, "line")} of Hubble ${invalid === 1 ? "was no flow" : "were no flows"}.`,
              ]),
        ...verdictLines(clients),
    ]
        .map(visible)
        .join("\n");
}

function paragraph(title: string, lines: readonly string[]): string[] {
    return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

function summaryTable({ clusters, clients }: Flows): string[] {
    const hasAnswers = clients.some(({ answered }) => answered !== undefined);
    const hasVerdicts = clients.some(({ agrees }) => agrees !== undefined);
    const header = [
        "asked from",
        ...clusters.map((cluster) => `went to ${cluster}`),
        "to no pod",
        ...(hasAnswers ? ["answers"] : []),
        "must answer",
        ...(hasVerdicts ? ["verdict"] : []),
    ];
    const rows = clients.map((client) => [
        client.client,
        ...client.to.map(countsText),
        nowhereText(client),
        ...(hasAnswers ? [answersText(client.answered)] : []),
        expectedText(client.expected),
        ...(hasVerdicts ? [verdictText(client)] : []),
    ]);
    return textTable([header, ...rows]);
}

function countsText({ arrived, dropped, reasons, sent }: ClusterFlowCounts): string {
    const parts = [
        ...(arrived === 0 ? [] : [`${arrived} arrived`]),
        ...(dropped === 0 ? [] : [`${dropped} dropped (${reasons.join(", ")})`]),
        ...(sent === 0 ? [] : [`${sent} sent, not seen to arrive`]),
    ];
    return parts.length === 0 ? "-" : parts.join(", ");
}

function nowhereText({ noBackend, unseen, toUnknown }: ClientFlows): string {
    const parts = [
        ...(noBackend === 0 ? [] : [`${noBackend} dropped (no backend)`]),
        ...(unseen === 0 ? [] : [`${unseen} without a flow`]),
        ...(toUnknown === 0 ? [] : [`${toUnknown} to unknown pods`]),
    ];
    return parts.length === 0 ? "-" : parts.join(", ");
}

function answersText(answered: AnswerCounts | undefined): string {
    if (answered === undefined) {
        return "-";
    }
    const { answers, failed, unclear } = answered;
    return [
        ...answers
            .filter(({ count }) => count > 0)
            .map(({ cluster, count }) => `${count} ${cluster}`),
        ...(failed === 0 ? [] : [`${failed} failed`]),
        ...(unclear === 0 ? [] : [`${unclear} unclear`]),
    ].join(", ");
}

function verdictText({ agrees }: ClientFlows): string {
    return agrees === undefined ? "-" : agrees ? "agrees" : "DISAGREES";
}

function reasonLines({ expected }: ClientFlows): string[] {
    return reasonsText(expected).map((reason) => `${expected.client} asks: ${reason}`);
}

/** Where Cilium refuses a connection by itself, it reports neither a flow nor a drop (`bpf_lxc.c`, `DROP_NO_SERVICE`). */
function unseenLines({ client, expected, unseen, answered }: ClientFlows): string[] {
    if (unseen === 0) {
        return [];
    }
    const of = `${unseen} of ${answered!.requests} requests`;
    return [
        expected.answering.length === 0 && answered!.failed >= unseen
            ? `${client}: ${of} left no flow, as where the Service has no backend: Cilium itself refuses them in the client's node and reports no drop`
            : `${client}: ${of} left no flow that was still there to read`,
    ];
}

function verdictLines(clients: readonly ClientFlows[]): string[] {
    const judged = clients.filter(({ agrees }) => agrees !== undefined);
    if (judged.length === 0) {
        return [];
    }
    return judged.every(({ agrees }) => agrees)
        ? ["", "Flows and rule agree; npm run verify proves it by the answers."]
        : ["", "Flows and rule DISAGREE."];
}
