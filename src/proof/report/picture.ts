import { answeringText } from "../../lab/wording";
import { ClusterView, LabView } from "../live/labView";
import { PodView } from "../live/look";
import { failedShare } from "./client";
import { Measures, flowLabel, flowPath, flowsOf, placed, round } from "./flows";
import { percentText } from "./format";
import { Content, Markup, markup } from "./markup";
import { clusterClass } from "./parts";

const sizes: Readonly<Record<"wide" | "narrow", Measures>> = {
    wide: { width: 760, headLines: 1, left: 80, right: 600, pod: 22 },
    narrow: { width: 340, headLines: 3, left: 44, right: 236, pod: 18 },
};

const lineHeight = 20;
/** Height of the part with pods and flows. */
const bodyHeight = 96;
/** Between two clusters, where the mesh is drawn. */
const gap = 34;
const podsInRow = 5;

/**
 * The lab as a picture: a band for each cluster, its clients on the left, its backends on the right, and what they ask
 * each other as lines as wide as their share. It says nothing that the table beside it does not say.
 *
 * @param size `wide` is for windows from 40rem on, `narrow` for phones; a stylesheet shows one of them.
 */
export function picture(view: LabView, size: "wide" | "narrow"): Markup {
    const measures = sizes[size];
    const head = measures.headLines * lineHeight + 14;
    const band = head + bodyHeight;
    const { clusters, clients } = view;
    const tops = clusters.map((_, index) => index * (band + gap));
    const middles = tops.map((top) => top + head + bodyHeight / 2 - 8);
    const height = clusters.length * (band + gap) - gap;
    const names = clusters.map(({ cluster }) => cluster);
    const all = flowsOf(clients, names, view.verdict === "arriving");
    const flows = placed(all, middles, measures);
    const isLabelled = clusters.length <= 3;
    const linkStates = clusters.slice(1).map((cluster, i) => linkState(clusters[i]!, cluster));
    return markup`<svg class="picture ${size}" viewBox="0 0 ${measures.width} ${height}" role="img" aria-label="${description(view)}">
${clusters.map((cluster, i) => groundOf(cluster, names, { top: tops[i]!, band, measures }))}${clusters
        .slice(1)
        .map((_, i) =>
            meshLine(linkStates[i]!, tops[i + 1]! - gap, measures),
        )}${flows.map(flowPath)}${clusters.map((cluster, i) => [
        textsOf(cluster, tops[i]!, measures),
        clientPods(cluster, middles[i]!, measures),
        backendPods(cluster, names, middles[i]!, measures),
    ])}${linkStates.map((state, i) => meshText(state, tops[i + 1]! - gap, measures))}<g class="labels">${isLabelled ? flows.map(flowLabel) : undefined}</g></svg>
`;
}

/** The picture in one sentence for each client. */
function description({ clients }: LabView): string {
    const sentences = clients.map(({ result }) => {
        const parts = result.answers
            .filter(({ count }) => count > 0)
            .map(({ cluster, share }) => `${cluster} ${percentText(share)}`);
        const failed = result.failed > 0 ? [`failed ${percentText(failedShare(result))}`] : [];
        return `${result.client} asks: ${[...parts, ...failed].join(", ") || "nothing yet"}.`;
    });
    return `Who answers whom. ${sentences.join(" ")} The table has the same.`;
}

/** What a Service says, in the words of its annotations. */
export function serviceText({ side }: ClusterView): string[] {
    if (side === undefined) {
        return ["not seen yet"];
    }
    return [
        side.global ? "global" : "not global",
        side.shared ? "shared" : "not shared",
        `affinity ${side.affinity ?? "none"}`,
        ...(side.admits === undefined ? [] : [`policy lets in ${answeringText(side.admits)}`]),
    ];
}

function groundOf(
    { cluster, trouble }: ClusterView,
    names: readonly string[],
    { top, band, measures: { width } }: { top: number; band: number; measures: Measures },
): Markup {
    return markup`<g class="band${trouble === undefined ? "" : " dark"}"><rect class="ground" x="1" y="${top + 1}" width="${width - 2}" height="${band - 2}" rx="10"/>
<rect class="stripe" x="1" y="${top + 12}" width="5" height="${band - 24}" fill="url(#fill-${clusterClass(cluster, names)})"/></g>
`;
}

function textsOf(view: ClusterView, top: number, { width, headLines }: Measures): Markup {
    const texts = serviceText(view);
    const trouble = view.trouble === undefined ? undefined : "cannot be seen now";
    const lines =
        headLines === 1
            ? [texts.join(" · ")]
            : [texts.slice(0, 2).join(" · "), texts.slice(2).join(" · ")];
    const said = lines.map((line, i) =>
        headLines === 1
            ? serviceLine(`Service: ${line}`, width - 14, top + 26)
            : markup`<text class="says" x="14" y="${top + 44 + i * lineHeight}">${line}</text>`,
    );
    const place = headLines === 1 ? markup`x="104"` : markup`x="${width - 14}" text-anchor="end"`;
    return markup`<g class="said"><text class="name" x="14" y="${top + 26}">${view.cluster}</text>${said}${
        trouble === undefined
            ? undefined
            : markup`<text class="trouble" ${place} y="${top + 26}">✗ ${trouble}</text>`
    }</g>
`;
}

/** Width of a character of a Service's line, on average, in pixels, where the font is wide (DejaVu). */
const characterWidth = 6.2;

/** At the right end of its line, where fewest flows pass, on a ground of its own that those pass behind. */
function serviceLine(text: string, right: number, baseline: number): Markup {
    const long = Math.ceil(text.length * characterWidth) + 12;
    return markup`<rect class="behind" x="${right - long + 6}" y="${baseline - 16}" width="${long}" height="22"/><text class="says" x="${right}" y="${baseline}" text-anchor="end">${text}</text>`;
}

type LinkState = "connected" | "broken" | "unknown";

/** Whether two clusters are connected, as each one's agent says of the other. */
export function linkState(a: ClusterView, b: ClusterView): LinkState {
    const words = [
        a.peers?.find(({ cluster }) => cluster === b.cluster),
        b.peers?.find(({ cluster }) => cluster === a.cluster),
    ];
    if (words.some((peer) => peer?.isConnected === false)) {
        return "broken";
    }
    return words.some((peer) => peer === undefined) ? "unknown" : "connected";
}

function meshLine(state: LinkState, top: number, { left }: Measures): Markup {
    return markup`<g class="link-line ${state}"><path d="M${left} ${top}v${gap}"/></g>
`;
}

/** Said after the flows are drawn, which pass behind it. */
function meshText(state: LinkState, top: number, { left }: Measures): Markup {
    const text = { connected: "mesh connected", broken: "✗ mesh broken", unknown: "mesh unknown" };
    return markup`<g class="link ${state}"><text x="${left + 12}" y="${top + gap / 2 + 5}">${text[state]}</text></g>
`;
}

function clientPods({ xWings }: ClusterView, middle: number, { left }: Measures): Markup {
    return markup`<g class="clients-of"><circle class="client" cx="${left}" cy="${middle}" r="22"/>
${xWings.slice(0, 6).map((pod, i) => podDot(pod, left - 9 + 9 * (i % 3), middle - 4 + 9 * Math.floor(i / 3)))}<text class="what" x="${left}" y="${middle + 38}" text-anchor="middle">x-wing</text></g>
`;
}

function podDot({ name, state, reason }: PodView, x: number, y: number): Markup {
    return markup`<circle class="pod ${state}" cx="${x}" cy="${y}" r="3.5"><title>${podTitle(name, state, reason)}</title></circle>`;
}

function podTitle(name: string, state: string, reason: string | undefined): string {
    return `${name}: ${state}${reason === undefined ? "" : ` (${reason})`}`;
}

function backendPods(
    { cluster, rebelBases }: ClusterView,
    names: readonly string[],
    middle: number,
    { right, pod: step }: Measures,
): Markup {
    const rows = Math.ceil(rebelBases.length / podsInRow);
    const top = middle - (rows * step) / 2;
    const counts = podCounts(rebelBases);
    const squares = rebelBases.slice(0, 20).map(({ name, state, reason }, i): Content => {
        const x = right + (i % podsInRow) * step;
        const y = round(top + Math.floor(i / podsInRow) * step);
        return markup`<rect class="pod ${state} ${clusterClass(cluster, names)}" x="${x}" y="${y}" width="${step - 5}" height="${step - 5}" rx="3"><title>${podTitle(name, state, reason)}</title></rect>`;
    });
    return markup`<g class="backends-of">${squares}<text class="what" x="${right}" y="${middle + 52}">${counts}</text></g>
`;
}

/** `2 rebel-base`, `2 rebel-base, 1 starting`, or `no rebel-base`. */
export function podCounts(pods: readonly PodView[]): string {
    const states = ["starting", "failing", "ending"] as const;
    const count = (state: PodView["state"]) => pods.filter((pod) => pod.state === state).length;
    const ready = count("ready") === 0 ? "no" : String(count("ready"));
    return [
        `${ready} rebel-base`,
        ...states.filter((state) => count(state) > 0).map((state) => `${count(state)} ${state}`),
    ].join(", ");
}
