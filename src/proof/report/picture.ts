import { answeringText } from "../../lab/wording";
import { ClusterView, LabView } from "../live/labView";
import { LinkState, linkState } from "../live/links";
import { PodView } from "../live/look";
import { failedShare } from "./client";
import { Measures, Point, flowLabels, flowPath, flowsOf, placed, round } from "./flows";
import { percentText } from "./format";
import { Content, Markup, markup } from "./markup";
import { clusterClass } from "./parts";

const sizes: Readonly<Record<"wide" | "narrow", Measures>> = {
    wide: { width: 760, body: 96, left: 80, right: 470, pod: 22 },
    narrow: { width: 340, body: 112, left: 44, right: 228, pod: 18 },
};

const lineHeight = 17;
/** Between two clusters, where the mesh is drawn. */
const gap = 34;
const podsInRow = 5;
/** Most clusters whose flows have labels and dots that travel: of four there are sixteen flows, of eight 64. */
const mostDetailed = 3;

/** Where one cluster is in the picture. */
interface Place {
    readonly top: number;
    /** Height of its band. */
    readonly band: number;
    /** Where its flows begin and end. */
    readonly middle: number;
    readonly measures: Measures;
}

/**
 * The lab as a picture: a band for each cluster, its clients on the left, its backends on the right with what is said of
 * them, and what they ask each other as lines as wide as their share. Words are where no flow passes. It says nothing that
 * the table beside it does not say.
 *
 * @param size `wide` is for windows from 40rem on, `narrow` for phones; a stylesheet shows one of them.
 */
export function picture(view: LabView, size: "wide" | "narrow"): Markup {
    const { clusters, clients } = view;
    const measures = sizes[size];
    const places = placesOf(clusters, size);
    const names = clusters.map(({ cluster }) => cluster);
    const all = flowsOf(clients, names, view.verdict === "arriving");
    const middles = places.map(({ middle }) => middle);
    const flows = placed(all, middles, measures);
    const links = clusters.slice(1).map((cluster, i) => ({
        state: linkState(clusters[i]!, cluster),
        top: places[i + 1]!.top - gap,
    }));
    const isDetailed = clusters.length <= mostDetailed;
    const { top, band } = places.at(-1) ?? { top: 0, band: 0 };
    return markup`<svg class="picture ${size}" viewBox="0 0 ${measures.width} ${top + band}" role="img" aria-label="${description(view)}">
${clusters.map((cluster, i) => groundOf(cluster, names, places[i]!))}${links.map((link) =>
        meshLine(link.state, link.top, measures),
    )}${flows.map((flow) => flowPath(flow, isDetailed))}${clusters.map((cluster, i) => [
        markup`<text class="name" x="14" y="${places[i]!.top + 26}">${cluster.cluster}</text>`,
        clientPods(cluster, places[i]!),
        backendPods(cluster, names, places[i]!),
        size === "wide" ? wordsBeside(cluster, places[i]!) : wordsAround(cluster, places[i]!),
    ])}${links.map((link) => meshText(link.state, link.top, measures))}<g class="labels">${isDetailed ? flowLabels(flows, measures, wordsOf(places, links)) : undefined}</g></svg>
`;
}

/** The clusters' places below each other; a phone's picture has room for their words above the pods. */
function placesOf(clusters: readonly ClusterView[], size: "wide" | "narrow"): Place[] {
    const measures = sizes[size];
    const lines = Math.max(2, ...clusters.map((cluster) => saidOf(cluster).length));
    const head = size === "wide" ? 28 : 12 + lines * lineHeight;
    const band = head + measures.body;
    return clusters.map((_, index) => {
        const top = index * (band + gap);
        return { top, band, middle: top + head + 40, measures };
    });
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
        ...(side.isNamespaceLocal ? ["local namespace"] : []),
        ...(side.admits === undefined ? [] : [`policy lets in ${answeringText(side.admits)}`]),
    ];
}

/** The same in lines of some fifteen characters. */
function saidOf(view: ClusterView): Line[] {
    const { side, trouble, isMeantAway } = view;
    const dark = isMeantAway ? "✗ away on purpose" : "✗ cannot be seen";
    const [first = "", second, ...others] = serviceText(view);
    const lines = side === undefined ? [first] : [`${first} · ${second}`, ...others];
    const said = lines.flatMap((line) => line.split(/(?<=lets in) /));
    return [
        ...(trouble === undefined ? [] : [{ className: "trouble", text: dark }]),
        ...(trouble !== undefined && side === undefined ? [] : said.map(asSaid)),
    ];
}

interface Line {
    readonly className: string;
    readonly text: string;
}

const asSaid = (text: string): Line => ({ className: "says", text });

/** How many backends there are, in lines; none of a cluster that was never seen. */
function countsOf({ side, rebelBases }: ClusterView): Line[] {
    const [ready = "", ...others] = side === undefined ? [] : podCounts(rebelBases).split(", ");
    return [ready, others.join(", ")]
        .filter((text) => text !== "")
        .map((text) => ({ className: "what", text }));
}

function textLines(lines: readonly Line[], x: number, first: number): Markup {
    return markup`<g class="said">${lines.map(
        ({ className, text }, i) =>
            markup`<text class="${className}" x="${x}" y="${round(first + i * lineHeight)}">${text}</text>`,
    )}</g>
`;
}

/** All words in a column of their own. */
function wordsBeside(view: ClusterView, { middle, measures: { right, pod } }: Place): Markup {
    const said = saidOf(view);
    const isSeen = view.side !== undefined;
    const lines = [...countsOf(view), ...(isSeen ? [asSaid("Service:")] : []), ...said];
    const first = middle - (lines.length * lineHeight) / 2 + 13;
    return textLines(lines, right + podsInRow * pod + 18, first);
}

/** What a Service says above the pods, how many there are below. */
function wordsAround(view: ClusterView, { top, middle, measures: { right, pod } }: Place): Markup {
    const below = middle + (rowsOf(view) * pod) / 2 + 13;
    return markup`${textLines(saidOf(view), right, top + 26)}${textLines(countsOf(view), right, below)}`;
}

function rowsOf({ rebelBases }: ClusterView): number {
    return Math.ceil(Math.min(20, rebelBases.length) / podsInRow);
}

function groundOf(
    { cluster, trouble }: ClusterView,
    names: readonly string[],
    { top, band, measures: { width } }: Place,
): Markup {
    return markup`<g class="band${trouble === undefined ? "" : " dark"}"><rect class="ground" x="1" y="${top + 1}" width="${width - 2}" height="${band - 2}" rx="10"/>
<rect class="stripe" x="1" y="${top + 12}" width="5" height="${band - 24}" fill="url(#fill-${clusterClass(cluster, names)})"/></g>
`;
}

function meshLine(state: LinkState, top: number, { left }: Measures): Markup {
    return markup`<g class="link-line ${state}"><path d="M${left} ${top}v${gap}"/></g>
`;
}

/** Said after the flows are drawn, which pass behind it. */
function meshText(state: LinkState, top: number, { left, width }: Measures): Markup {
    const words = { connected: "connected", broken: "✗ broken", unknown: "unknown" };
    // On a phone the flows leave no more room.
    const text = width < sizes.wide.width ? words[state] : meshWords[state];
    return markup`<g class="link ${state}"><text x="${left + 12}" y="${top + gap / 2 + 5}">${text}</text></g>
`;
}

const meshWords: Readonly<Record<LinkState, string>> = {
    connected: "mesh connected",
    broken: "✗ mesh broken",
    unknown: "mesh unknown",
};

/** Points of the words that stand where flows are: clusters' names, and what is said of clients and links. */
function wordsOf(places: readonly Place[], links: readonly { readonly top: number }[]): Point[] {
    const line = (x: number, y: number, length: number) =>
        Array.from({ length }, (_, i): Point => [x + 8 * i, y, 7]);
    return [
        ...places.flatMap(({ top, middle, measures: { left } }) => [
            ...line(14, top + 22, 9),
            ...line(left - 20, middle + 34, 6),
        ]),
        ...links.flatMap(({ top }) => line(places[0]!.measures.left + 12, top + gap / 2, 12)),
    ];
}

function clientPods({ xWings, side }: ClusterView, { middle, measures: { left } }: Place): Markup {
    const className = side === undefined ? "client hollow" : "client";
    return markup`<g class="clients-of"><circle class="${className}" cx="${left}" cy="${middle}" r="22"/>
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
    view: ClusterView,
    names: readonly string[],
    { middle, measures: { right, pod: step } }: Place,
): Markup {
    const top = middle - (rowsOf(view) * step) / 2;
    const squares = view.rebelBases.slice(0, 20).map(({ name, state, reason }, i): Content => {
        const x = right + (i % podsInRow) * step;
        const y = round(top + Math.floor(i / podsInRow) * step);
        return markup`<rect class="pod ${state} ${clusterClass(view.cluster, names)}" x="${x}" y="${y}" width="${step - 5}" height="${step - 5}" rx="3"><title>${podTitle(name, state, reason)}</title></rect>`;
    });
    return markup`<g class="backends-of">${squares}</g>
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
