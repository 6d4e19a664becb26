import { possibleClusters } from "../../config/labConfig";
import { textTable } from "../../machine/terminal";
import { countText, timeText } from "../../proof/report/format";
import { Markup, markup } from "../../proof/report/markup";
import { pageHtml } from "../../proof/report/page";
import { table, tableBody } from "../../proof/report/parts";
import { Outcome, outcomeText } from "./outcome";
import { expiresAt, fromNow } from "./ttl";

/** What there is of a cluster: our node in its state, no node, or one that this checkout did not make. */
export type ClusterState = "running" | "stopped" | "missing" | "foreign" | "unknown";

/** A lab as it is now. */
export interface LabStatus {
    readonly name: string;
    readonly stack: string;
    /** In the order of the clusters' names. */
    readonly clusters: readonly ClusterState[];
    /** Undefined: the config cannot be read. */
    readonly ttlHours: number | undefined;
    /** End of its last `up`, in milliseconds since the epoch; undefined if there was none. */
    readonly lastUp: number | undefined;
    /** What the last command of a class came to; undefined if there was none. */
    readonly outcome: Outcome | undefined;
}

/** The state of the whole lab in a word or two. */
export function labState(clusters: readonly ClusterState[]): string {
    const [first] = clusters;
    if (clusters.every((state) => state === first)) {
        return first === "running" ? "up" : first === "missing" ? "down" : (first ?? "unknown");
    }
    const parts = clusters.map((state, index) => `${possibleClusters[index]} ${state}`);
    return parts.filter((part) => !part.endsWith(" running")).join(", ");
}

/** Whether all clusters of a lab run. */
export function isUp({ clusters }: Pick<LabStatus, "clusters">): boolean {
    return labState(clusters) === "up";
}

/** The labs of a class as a table for a terminal. */
export function statusText(labs: readonly LabStatus[], now: number): string {
    const rows = labs.map((lab) => [lab.name, lab.stack, ...cells(lab, now)]);
    return [
        ...textTable([["student", "stack", "lab", "last up", "expires", "last result"], ...rows]),
        "",
        `${overall(labs)}.`,
    ].join("\n");
}

/** The labs of a class as a page in the style of the reports. */
export function statusHtml(labs: readonly LabStatus[], now: number): string {
    const intro = markup`<p class="intro">The students’ labs at <time datetime="${iso(now)}">${timeText(iso(now))}</time>.</p>
<p class="overall">${overall(labs)}.</p>
`;
    const rows = labs.map((lab) => {
        const [state = "", ...others] = cells(lab, now);
        return [
            markup`<th scope="row">${lab.name} <span class="note"><code>${lab.stack}</code></span></th>`,
            markup`<td>${badge(lab, state)}</td>`,
            ...others.map((cell) => markup`<td>${cell}</td>`),
        ];
    });
    const list = table(
        "labs",
        "What the container engine has of each lab, and what the last command for the class came to.",
        ["Student", "Lab", "Last up", "Expires", "Last result"],
        [tableBody(rows)],
    );
    return pageHtml("Class", intro, markup`<section class="summary">\n${list}\n</section>\n`);
}

function badge(lab: LabStatus, state: string): Markup {
    const [sign, className] = isUp(lab) ? ["✓", "agrees"] : ["✗", "disagrees"];
    return markup`<strong class="badge ${className}"><span aria-hidden="true">${sign}</span> ${state}</strong>`;
}

function cells(lab: LabStatus, now: number): string[] {
    const end = expiresAt(lab);
    return [
        labState(lab.clusters),
        lab.lastUp === undefined ? unknownUp(lab) : timeText(iso(lab.lastUp)),
        end === undefined ? "never" : end <= now ? "expired" : fromNow(end, now),
        lab.outcome === undefined ? "" : outcomeText(lab.outcome),
    ];
}

/** A lab that has clusters was up: another backend may know when. */
function unknownUp({ clusters }: LabStatus): string {
    return clusters.every((state) => state === "missing") ? "never" : "unknown";
}

function overall(labs: readonly LabStatus[]): string {
    return `${labs.filter(isUp).length} of ${countText(labs.length, "lab")} up`;
}

function iso(time: number): string {
    return new Date(time).toISOString();
}
