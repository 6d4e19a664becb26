import { LabConfig, clusterNames } from "../../config/labConfig";
import { differenceText } from "../../lab/sides";
import { expectedText, listText, reasonsText } from "../../lab/wording";
import { bucketMs } from "../../proof/live/history";
import { ClientView, LabView, notThere } from "../../proof/live/labView";
import { linkState } from "../../proof/live/links";
import { Mark, lastChange } from "../../proof/live/marks";
import { LabWatch } from "../../proof/live/watch";
import { arrival, historyChart } from "../../proof/report/chart";
import { clientSection, failedShare } from "../../proof/report/client";
import { countText, percentText } from "../../proof/report/format";
import { Content, Markup, markup } from "../../proof/report/markup";
import { table, tableBody } from "../../proof/report/parts";
import { picture, podCounts, serviceText } from "../../proof/report/picture";
import { controls, path, workSection } from "./controls";
import { flowsRegion } from "./flowsRegion";
import { Progress } from "./progress";
import { WorkView } from "./work";

/** The parts of the page that change by themselves, by the id of their element. */
export type Regions = Readonly<Record<string, string>>;

/** What the regions are made of. */
export interface RegionArgs {
    readonly watch: Pick<LabWatch, "history" | "configProblem" | "flows">;
    readonly view: LabView | undefined;
    readonly marks: readonly Mark[];
    /** Undefined where the config cannot be read. */
    readonly config: LabConfig | undefined;
    readonly work: WorkView | undefined;
    readonly progress: Progress;
    readonly minutes: number;
    /** Draws the last minutes. */
    readonly chartOf: typeof historyChart;
    readonly now: number;
    readonly isReadOnly: boolean;
}

/** Every region as it is now. */
export function regions(args: RegionArgs): Regions {
    const { watch, view, marks, config, work, progress, minutes, chartOf, now, isReadOnly } = args;
    const clusters = view?.clusters.map(({ cluster }) => cluster) ?? [];
    // Whole buckets alone, so that the chart changes once in the time of one: it is the largest region by far.
    const chartNow = Math.floor(now / bucketMs) * bucketMs;
    const chart = { history: watch.history, marks, clusters, now: chartNow, minutes };
    const parts: Record<string, Content> = {
        status: statusSection(args),
        picture: view && [picture(view, "wide"), picture(view, "narrow")],
        flows: flowsRegion(watch.flows, clusters),
        twin: view && flowTable(view),
        clients: view && clientSections(view, clusters),
        history: chartOf(chart),
        work: workSection(work, now, !isReadOnly),
        ...(isReadOnly
            ? {}
            : {
                  controls: config && controls(config),
                  path: path(progress, config?.clusters.length === clusterNames.length),
              }),
        announce: announcement(args),
    };
    return written(parts);
}

/** Regions as pages get them. */
export function written(parts: Readonly<Record<string, Content>>): Regions {
    return Object.fromEntries(
        Object.entries(parts).map(([id, content]) => [id, markup`${content}`.toString()]),
    );
}

const verdicts = {
    agrees: ["✓ agrees", "Every cluster that must answer does, and no other."],
    disagrees: ["✗ disagrees", "The answers are not what the rule says."],
    arriving: ["… arriving", "The requests of the last seconds are not enough to tell yet."],
    unknown: ["? unknown", "Not every cluster can be seen and asked."],
} as const;

/** What a page says before it hears of the lab for the first time. */
export const notConnected = verdictLine("arriving", ["… looking", "The page asks the board."]);

function verdictLine(className: string, [word, sentence]: readonly [string, string]): Markup {
    return markup`<p class="verdict ${className}">${badge(className, word)} <span>${sentence}</span></p>
`;
}

function badge(className: string, word = "… arriving"): Markup {
    return markup`<strong class="badge ${className}">${word}</strong>`;
}

/** What is done before there can be a verdict, in words; undefined where all is known, or something stands in the way. */
export function firstLook(
    view: LabView | undefined,
    configProblem: string | undefined,
): string | undefined {
    if (configProblem !== undefined || view?.clusters.some(({ trouble }) => trouble)) {
        return undefined;
    }
    const unseen = view?.clusters.filter(({ side }) => side === undefined) ?? [];
    if (view === undefined || unseen.length > 0) {
        const names = listText(unseen.map(({ cluster }) => cluster)) || "the clusters";
        return `Looking at ${names} for the first time, which takes some seconds where an API server is slow. Who must answer, and who does, is known after that.`;
    }
    const isAsking = view.clients.some(
        ({ result, trouble }) => result.requests === 0 && trouble === undefined,
    );
    return isAsking && view.verdict === "unknown"
        ? "All clusters were seen. The first requests are on their way."
        : undefined;
}

function statusSection({ watch, view, marks, work, isReadOnly }: RegionArgs): Markup {
    const clusters = view?.clusters ?? [];
    const away = clusters
        .filter(({ isMeantAway }) => isMeantAway)
        .map(({ cluster }) => `${cluster} cannot be seen: outage is ${cluster}`);
    const beside = clusters.flatMap(({ cluster, policies = [] }) =>
        policies.map(
            ({ title, held }) =>
                `${title} in ${cluster} applies to ${held}; it is not the lab's, and the rule does not know it`,
        ),
    );
    const byHand = (view?.differences ?? []).map(differenceText);
    const first = firstLook(view, watch.configProblem);
    return markup`${first === undefined ? headline(view, marks, isReadOnly) : verdictLine("arriving", ["… looking", first])}${listed("Away on purpose", away, "purposes")}${listed("Trouble", troublesOf(view, watch.configProblem))}${listed("Beside the lab", beside)}${listed("Not as in the config", byHand)}${
        byHand.length > 0 && !isReadOnly
            ? markup`<p class="quiet">${work?.state === "running" ? "The change that is running brings this in line." : "“Reconcile with the config” puts this back, as npm run up does."}</p>\n`
            : undefined
    }`;
}

/** The verdict, or what there is instead. */
function headline(view: LabView | undefined, marks: readonly Mark[], isReadOnly: boolean): Markup {
    if (isNotUp(view)) {
        const here = isReadOnly ? "" : ", and so does “Reconcile with the config” in the settings";
        return verdictLine("unknown", ["○ not up", `npm run up brings the lab up${here}.`]);
    }
    const verdict = view?.verdict ?? "unknown";
    const last = lastChange(marks);
    return verdict === "arriving" && last !== undefined && last.arrivedMs === undefined
        ? verdictLine(verdict, [verdicts[verdict][0], "The last change is on its way."])
        : verdictLine(verdict, verdicts[verdict]);
}

/** Whether there is no cluster at all. */
function isNotUp(view: LabView | undefined): boolean {
    return view !== undefined && view.clusters.every(({ trouble }) => trouble === notThere);
}

function troublesOf(view: LabView | undefined, configProblem: string | undefined): string[] {
    const { clusters = [], clients = [] } = view ?? {};
    const isAway = (name: string) =>
        clusters.some(({ cluster, isMeantAway }) => cluster === name && isMeantAway);
    return [
        ...(configProblem === undefined ? [] : configProblem.split("\n")),
        ...clusters
            .filter(({ trouble, cluster }) => trouble !== undefined && !isAway(cluster))
            .filter(() => !isNotUp(view))
            .map(({ cluster, trouble }) => `${cluster}: ${trouble}`),
        ...clients
            .filter(({ result }) => !isAway(result.client))
            .flatMap(({ result, trouble }) =>
                trouble === undefined ? [] : [`${result.client} asks nothing: ${trouble}`],
            ),
    ];
}

function listed(title: string, lines: readonly string[], className = "troubles"): Content {
    return lines.length === 0
        ? undefined
        : markup`<h3>${title}</h3>
<ul class="${className}">
${lines.map((line) => markup`<li>${line}</li>\n`)}</ul>
`;
}

/** What the picture says, as a table for those who do not see it. */
function flowTable({ clusters, clients }: LabView): Markup {
    const names = clusters.map(({ cluster }) => cluster);
    const share = (count: number, part: number) => (count === 0 ? "–" : percentText(part));
    const asked = tableBody(
        clients.map(({ result, timedOut }) => [
            markup`<th scope="row">${result.client}</th>`,
            ...result.answers.map(
                (answer) => markup`<td>${share(answer.count, answer.share)}</td>`,
            ),
            markup`<td>${share(result.failed, failedShare(result))}${timedOut > 0 ? ` (${countText(timedOut, "timeout")})` : undefined}</td><td>${expectedText(result.expected)}</td>`,
        ]),
    );
    const sides = tableBody(
        clusters.map((cluster, i) => [
            markup`<th scope="row">${cluster.cluster}</th><td>${serviceText(cluster).join(", ")}</td><td class="whole-words">${podCounts(cluster.rebelBases)}</td><td class="whole-words">${cluster.xWings.filter(({ state }) => state === "ready").length} x-wing</td><td>${links(clusters, i)}</td>`,
        ]),
    );
    return markup`<div class="scroll" tabindex="0">${table(
        "flows",
        "Who answered the requests of the last seconds.",
        ["asked from", ...names, "failed", "must answer"],
        [asked],
    )}</div>
<div class="scroll" tabindex="0">${table(
        "flows",
        "The clusters as they are.",
        ["cluster", "Service", "backends", "clients", "mesh"],
        [sides],
    )}</div>
`;
}

function links(clusters: LabView["clusters"], index: number): string {
    const own = clusters[index]!;
    return clusters
        .filter((other) => other !== own)
        .map((other) => `${other.cluster} ${linkState(own, other)}`)
        .join(", ");
}

function clientSections({ clients, verdict }: LabView, clusters: readonly string[]): Content {
    return clients.length === 0
        ? markup`<p class="quiet">Nobody is asked before all clusters have been seen.</p>
`
        : clients.map((client) => clientPart(client, clusters, verdict === "arriving"));
}

function clientPart(client: ClientView, clusters: readonly string[], isArriving: boolean): Markup {
    const { result, seconds, timedOut, trouble } = client;
    if (result.requests > 0) {
        const waited = timedOut > 0 ? `, ${timedOut} of which timed out,` : "";
        const when = ` of the last ${countText(seconds, "second")}${waited}`;
        return clientSection(result, clusters, when, isArriving ? badge("arriving") : undefined);
    }
    const isAway = result.expected.silent.some(({ reasons }) => reasons.includes("client-away"));
    const [why] = isAway ? reasonsText(result.expected) : [trouble];
    return markup`<section class="client"><h4>${result.client} asks nothing now</h4>
<p class="quiet">${why ?? "Its first requests are on their way."}</p>
</section>
`;
}

/** What a screen reader is told when it changes: verdict, last change, and whether it has arrived. */
function announcement({ view, marks, work }: RegionArgs): string {
    const last = marks.at(-1);
    const wrong = view?.clients.filter(({ result }) => !result.agrees) ?? [];
    const verdict = view?.verdict ?? "unknown";
    return [
        `${verdict}${verdict === "disagrees" ? ` where ${listText(wrong.map(({ result }) => result.client))} asks` : ""}.`,
        ...(last === undefined ? [] : [`${markText(last)}.`]),
        ...(work === undefined ? [] : [`The change is ${work.state}.`]),
    ].join(" ");
}

function markText(mark: Mark): string {
    const arrived = arrival(mark);
    return `${mark.by}: ${[...mark.texts, ...(arrived === undefined ? [] : [arrived])].join(", ")}`;
}
