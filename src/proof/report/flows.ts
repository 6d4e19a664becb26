import { dropping } from "../../lab/whoAnswers";
import { ClientView } from "../live/labView";
import { failedShare } from "./client";
import { percentText } from "./format";
import { Markup, markup } from "./markup";
import { clusterClass } from "./parts";

/** Measures of a picture, in its own pixels. */
export interface Measures {
    readonly width: number;
    /** Height of the part with clients, flows and pods. */
    readonly body: number;
    /** Where the clients are, and where the backends begin. */
    readonly left: number;
    readonly right: number;
    /** Side of a pod with the gap to the next. */
    readonly pod: number;
}

/** Width of a flow that has all requests. */
const widest = 26;

/** What the clients of one cluster get from the backends of one. */
interface Flow {
    readonly from: number;
    readonly to: number;
    readonly share: number;
    readonly kind: string;
    /** It ends before the backends, or in the middle where nobody drops it. */
    readonly end: "backends" | "wall" | "nowhere";
    readonly label: string;
}

/** The flows of all clients; while a change arrives, none of them is called wrong. */
export function flowsOf(
    clients: readonly ClientView[],
    names: readonly string[],
    isArriving: boolean,
) {
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

/** A flow from point to point. */
export interface PlacedFlow extends Flow {
    readonly thickness: number;
    readonly x1: number;
    readonly y1: number;
    readonly x2: number;
    readonly y2: number;
}

/** Flows side by side where they begin and where they end. */
export function placed(
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

/**
 * A flow as a line.
 *
 * @param isMoving Whether dots travel along it. The browser draws the picture anew for every step of theirs.
 */
export function flowPath(flow: PlacedFlow, isMoving: boolean): Markup {
    const { x2, y2, kind, thickness, end } = flow;
    const d = pathOf(flow);
    const cross =
        end === "backends"
            ? undefined
            : markup`<path class="cross" d="M${x2 - 7} ${round(y2 - 7)}l14 14m0-14l-14 14"/>`;
    return markup`<g class="flow ${kind}"><path d="${d}" stroke-width="${round(thickness)}"/>${isMoving ? markup`<path class="pulse" d="${d}"/>` : undefined}${cross}</g>
`;
}

function pathOf({ x1, y1, x2, y2 }: PlacedFlow): string {
    const bend = (x2 - x1) / 2;
    return `M${x1} ${round(y1)}C${x1 + bend} ${round(y1)} ${round(x2 - bend)} ${round(y2)} ${x2} ${round(y2)}`;
}

/** A text of a flow, and the room that it takes. */
interface Label {
    readonly text: string;
    readonly x: number;
    readonly y: number;
    /** How far it is from the flow, beyond the usual. */
    readonly away: number;
}

/** Half the width of a label, where the font is wide (DejaVu), and its height, in pixels. */
const halfOf = (text: string) => text.length * 3.7;
const labelHeight = 15;

/** Where a flow may be labelled, as parts of its way: first where flows have parted already and not met again. */
const placesOf = (from: number, to: number) => [
    from === to ? 0.5 : from < to ? 0.86 : 0.76,
    ...[0.66, 0.34, 0.58, 0.42, 0.9, 0.24, 0.97, 0.12, 0.73, 0.27, 0.8, 0.2, 0.05],
];

/** A point with the room around it that a label is kept away from: of a flow half its thickness. */
export type Point = readonly [x: number, y: number, half: number];

/**
 * What is said of the flows: each beside its own, upon no other label, and upon no flow and no word as long as there is
 * room.
 *
 * @param words Points of the words that are there already.
 */
export function flowLabels(
    flows: readonly PlacedFlow[],
    measures: Measures,
    words: readonly Point[],
): Markup[] {
    const points = [...words, ...flows.flatMap(pointsOf)];
    const labels = flows.reduce<readonly Label[]>((placedLabels, flow) => {
        const places = placesOf(flow.from, flow.to).flatMap((at) => labelsAt(flow, at, measures));
        const costs = places.map(
            (label) =>
                100 * placedLabels.filter((other) => touches(label, other)).length +
                points.filter((point) => isUpon(label, point)).length +
                label.away / farPixels,
        );
        return [...placedLabels, places[costs.indexOf(Math.min(...costs))]!];
    }, []);
    return labels.map(
        ({ text, x, y }) =>
            markup`<text class="label" x="${round(x)}" y="${round(y)}">${text}</text>
`,
    );
}

/** Pixels away from its flow that are as bad for a label as one more point of a flow below it. */
const farPixels = 12;

/** Places above and below a flow, close to it or clear of it where it is steep, between its clients and its backends. */
function labelsAt(flow: PlacedFlow, at: number, { left, right }: Measures): Label[] {
    const { label: text } = flow;
    const [x, y, across] = pointAt(flow, at);
    const half = halfOf(text);
    const [least, most] = [left + 24 + half, right - 6 - half];
    return [0, 1, 1.4].flatMap((times) => {
        const away = times * (half + 3) * slopeAt(flow, at);
        return [y - across - away - 5, y + across + away + 13].map((baseline) => ({
            text,
            x: Math.min(Math.max(x, least), most),
            y: baseline,
            away,
        }));
    });
}

function touches(a: Label, b: Label): boolean {
    return (
        Math.abs(a.x - b.x) < halfOf(a.text) + halfOf(b.text) && Math.abs(a.y - b.y) < labelHeight
    );
}

/** Points of a flow that a label is kept away from, and of the cross at its end. */
function pointsOf(flow: PlacedFlow): Point[] {
    const own = Array.from({ length: steps + 1 }, (_, i) => pointAt(flow, i / steps));
    return flow.end === "backends" ? own : [...own, [flow.x2, flow.y2, 7]];
}

/** Parts that a flow is cut into to be kept away from. */
const steps = 32;

/** Whether a point is within a label, whose letters are 10 pixels above its base line and 3 below. */
function isUpon(label: Label, [x, y, half]: Point): boolean {
    return (
        Math.abs(x - label.x) < halfOf(label.text) + 2 &&
        y + half > label.y - 11 &&
        y - half < label.y + 4
    );
}

/** A point of a flow, with half of its thickness from above to below. */
function pointAt(flow: PlacedFlow, at: number): Point {
    const [x, y] = middleAt(flow, at);
    return [x, y, (flow.thickness / 2) * Math.hypot(1, slopeAt(flow, at))];
}

/** How steep a flow is at a point: by how much it goes up or down for each pixel to the right. */
function slopeAt(flow: PlacedFlow, at: number): number {
    const [[x1, y1], [x2, y2]] = [middleAt(flow, at - 0.005), middleAt(flow, at + 0.005)];
    return Math.abs((y2 - y1) / (x2 - x1));
}

function middleAt({ x1, y1, x2, y2 }: PlacedFlow, at: number): readonly [x: number, y: number] {
    const bend = (x2 - x1) / 2;
    return [bezier(at, [x1, x1 + bend, x2 - bend, x2]), bezier(at, [y1, y1, y2, y2])];
}

function bezier(t: number, [a, b, c, d]: readonly [number, number, number, number]): number {
    const s = 1 - t;
    return s ** 3 * a + 3 * s ** 2 * t * b + 3 * s * t ** 2 * c + t ** 3 * d;
}

/** A length as a picture has it. */
export function round(value: number): number {
    return Number(value.toFixed(1));
}
