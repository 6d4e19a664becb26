import { dropping } from "../../lab/whoAnswers";
import { answeringText } from "../../lab/wording";
import { ClientView, ClusterView, LabView } from "../live/labView";
import { PodView } from "../live/look";
import { failedShare } from "./client";
import { percentText } from "./format";
import { Content, Markup, markup } from "./markup";
import { clusterClass } from "./parts";

/** Measures of a picture, in its own pixels. */
interface Measures {
    readonly width: number;
    /** Lines of text above a cluster's pods. */
    readonly headLines: number;
    /** Where the clients are, and where the backends begin. */
    readonly left: number;
    readonly right: number;
    /** Side of a pod with the gap to the next. */
    readonly pod: number;
}

const sizes: Readonly<Record<"wide" | "narrow", Measures>> = {
    wide: { width: 760, headLines: 1, left: 80, right: 600, pod: 22 },
    narrow: { width: 340, headLines: 3, left: 44, right: 236, pod: 18 },
};

const lineHeight = 20;
/** Height of the part with pods and flows. */
const bodyHeight = 96;
/** Between two clusters, where the mesh is drawn. */
const gap = 34;
/** Width of a flow that has all requests. */
const widest = 26;
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
    const flows = flowsOf(clients, names, view.verdict === "arriving");
    const isLabelled = clusters.length <= 3;
    return markup`<svg class="picture ${size}" viewBox="0 0 ${measures.width} ${height}" role="img" aria-label="${description(view)}">
${clusters.map((cluster, i) => groundOf(cluster, names, { top: tops[i]!, band, measures }))}${clusters
        .slice(1)
        .map((cluster, i) =>
            meshLink(clusters[i]!, cluster, tops[i + 1]! - gap, measures),
        )}${placed(flows, middles, measures).map((flow) =>
        flowPath(flow, isLabelled),
    )}${clusters.map((cluster, i) => [
        textsOf(cluster, tops[i]!, measures),
        clientPods(cluster, middles[i]!, measures),
        backendPods(cluster, names, middles[i]!, measures),
    ])}</svg>
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

interface Flow {
    readonly from: number;
    readonly to: number;
    readonly share: number;
    readonly kind: string;
    /** It ends before the backends, or in the middle where nobody drops it. */
    readonly end: "backends" | "wall" | "nowhere";
    readonly label: string;
}

function flowsOf(clients: readonly ClientView[], names: readonly string[], isArriving: boolean) {
    return clients.flatMap(({ result, timedOut }, from): Flow[] => {
        const { answering } = result.expected;
        const answered = result.answers.map(({ cluster, share, count }, to): Flow => {
            const isExpected = answering.includes(cluster);
            const isMissing = isExpected && count === 0 && result.requests > 0;
            const isWrong = !isExpected && count > 0 && !isArriving;
            const label = isMissing
                ? "expected, silent"
                : `${isWrong ? "✗ not expected " : ""}${percentText(share)}`;
            const kind = isMissing ? "missing" : clusterClass(cluster, names);
            return { from, to, share, kind, end: "backends", label };
        });
        const dropped = dropping(result.expected).map((cluster) => names.indexOf(cluster));
        const share = failedShare(result);
        const word = timedOut === result.failed ? "timed out" : "failed";
        const label = `${word} ${percentText(share)}`;
        const failed = (dropped.length > 0 ? dropped : [from]).map((to): Flow => ({
            from,
            to,
            share: share / Math.max(1, dropped.length),
            kind: "failed",
            end: dropped.length > 0 ? "wall" : "nowhere",
            label,
        }));
        return [...answered, ...failed].filter((flow) => flow.share > 0 || flow.kind === "missing");
    });
}

interface PlacedFlow extends Flow {
    readonly thickness: number;
    readonly x1: number;
    readonly y1: number;
    readonly x2: number;
    readonly y2: number;
}

/** Flows side by side where they begin and where they end. */
function placed(
    flows: readonly Flow[],
    middles: readonly number[],
    { left, right }: Measures,
): PlacedFlow[] {
    const thickness = ({ share }: Flow) => Math.max(2, share * widest);
    const before = (flow: Flow, end: "from" | "to") => {
        const same = flows.filter((other) => other[end] === flow[end]);
        const total = same.reduce((sum, other) => sum + thickness(other) + 2, 0);
        const earlier = same.slice(0, same.indexOf(flow));
        return earlier.reduce((sum, other) => sum + thickness(other) + 2, 0) - total / 2;
    };
    return flows.map((flow) => {
        const half = thickness(flow) / 2;
        const x2 = { backends: right - 10, wall: right - 34, nowhere: (left + right) / 2 }[
            flow.end
        ];
        return {
            ...flow,
            thickness: thickness(flow),
            x1: left + 24,
            y1: middles[flow.from]! + before(flow, "from") + half,
            x2,
            y2: middles[flow.to]! + before(flow, "to") + half,
        };
    });
}

function flowPath(flow: PlacedFlow, isLabelled: boolean): Markup {
    const { x1, y1, x2, y2, kind, thickness, end, label, from, to } = flow;
    const bend = (x2 - x1) / 2;
    const d = `M${x1} ${round(y1)}C${x1 + bend} ${round(y1)} ${round(x2 - bend)} ${round(y2)} ${x2} ${round(y2)}`;
    // Where flows have parted already, and before they meet again.
    const at = from === to ? 0.5 : 0.76;
    const [x, y] = [bezier(at, [x1, x1 + bend, x2 - bend, x2]), bezier(at, [y1, y1, y2, y2])];
    const cross =
        end === "backends"
            ? undefined
            : markup`<path class="cross" d="M${x2 - 7} ${round(y2 - 7)}l14 14m0-14l-14 14"/>`;
    const text = markup`<text class="label" x="${round(x)}" y="${round(y - thickness / 2 - 4)}">${label}</text>`;
    return markup`<g class="flow ${kind}"><path d="${d}" stroke-width="${round(thickness)}"/><path class="pulse" d="${d}"/>${cross}${isLabelled ? text : undefined}</g>
`;
}

function bezier(t: number, [a, b, c, d]: readonly [number, number, number, number]): number {
    const s = 1 - t;
    return s ** 3 * a + 3 * s ** 2 * t * b + 3 * s * t ** 2 * c + t ** 3 * d;
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
            ? markup`<text class="says" x="104" y="${top + 26}">Service rebel-base: ${line}</text>`
            : markup`<text class="says" x="14" y="${top + 44 + i * lineHeight}">${line}</text>`,
    );
    return markup`<g class="said"><text class="name" x="14" y="${top + 26}">${view.cluster}</text>${said}${
        trouble === undefined
            ? undefined
            : markup`<text class="trouble" x="${width - 14}" y="${top + 26}" text-anchor="end">✗ ${trouble}</text>`
    }</g>
`;
}

/** Whether two clusters are connected, as each one's agent says of the other. */
export function linkState(a: ClusterView, b: ClusterView): "connected" | "broken" | "unknown" {
    const words = [
        a.peers?.find(({ cluster }) => cluster === b.cluster),
        b.peers?.find(({ cluster }) => cluster === a.cluster),
    ];
    if (words.some((peer) => peer?.isConnected === false)) {
        return "broken";
    }
    return words.some((peer) => peer === undefined) ? "unknown" : "connected";
}

function meshLink(a: ClusterView, b: ClusterView, top: number, { left }: Measures): Markup {
    const state = linkState(a, b);
    const text = { connected: "mesh connected", broken: "✗ mesh broken", unknown: "mesh unknown" };
    return markup`<g class="link ${state}"><path d="M${left} ${top}v${gap}"/><text x="${left + 12}" y="${top + gap / 2 + 5}">${text[state]}</text></g>
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

function round(value: number): number {
    return Number(value.toFixed(1));
}
