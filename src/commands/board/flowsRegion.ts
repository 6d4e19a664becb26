import { lastFlows } from "../../proof/flows/last";
import { ReadFlows } from "../../proof/flows/read";
import { RequestFlow } from "../../proof/flows/request";
import { flowHeader, outcomeText, timeOfFlow } from "../../proof/flows/text";
import { countText } from "../../proof/report/format";
import { Content, Markup, markup } from "../../proof/report/markup";
import { clusterLabel, table, tableBody } from "../../proof/report/parts";

/** Requests that are shown. */
const shown = 6;

/** The last requests one by one, as the agents' Hubble has seen them; nothing where there is none to ask. */
export function flowsRegion(read: ReadFlows | undefined, clusters: readonly string[]): Content {
    if (read === undefined) {
        return undefined;
    }
    const rows = lastFlows(read.flows, shown).map((flow) => flowRow(flow, clusters));
    const notes = [
        ...(rows.length === 0 ? ["No request to rebel-base was seen yet."] : []),
        ...read.unread.map(({ cluster, reason }) => `Not read in ${cluster}: ${reason}.`),
        ...(read.lost === 0 ? [] : [`Hubble has lost ${countText(read.lost, "event")}.`]),
    ];
    return markup`<h3 id="flows-title">The last requests in the data path</h3>
${rows.length === 0 ? undefined : flowsTable(rows)}${notes.map((note) => markup`<p class="quiet">${note}</p>\n`)}`;
}

function flowsTable(rows: readonly Content[]): Markup {
    return markup`<div class="scroll" tabindex="0" role="region" aria-labelledby="flows-title">${table(
        "flows single",
        "Which pod each went to, and what was dropped and why: the proof from the kernel, by Hubble in the agents.",
        flowHeader,
        [tableBody(rows)],
    )}</div>
`;
}

function flowRow(flow: RequestFlow, clusters: readonly string[]): Content {
    const { client, backend, outcome } = flow;
    const place = (cluster: string | undefined, pod: string) =>
        markup`${cluster === undefined ? "unknown " : clusterLabel(cluster, clusters)}<span class="note">${pod}</span>`;
    return markup`<td>${timeOfFlow(flow)}</td><td>${place(client.cluster, client.pod)}</td><td>${backend === undefined ? "no pod" : place(backend.cluster, backend.pod)}</td><td class="${outcome}">${outcomeText(flow)}</td>`;
}
