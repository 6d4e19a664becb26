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
}

/** Half the width of a label, where the font is wide (DejaVu), and its height, in pixels. */
const halfOf = ({ text }: Label) => text.length * 3.7;
const labelHeight = 15;

/** Where a flow may be labelled: first where flows have parted already and not met again. */
const placesOf = (from: number, to: number) => [
    from === to ? 0.5 : from < to ? 0.86 : 0.76,
    ...[0.66, 0.34, 0.58, 0.42, 0.9, 0.24],
];

/** What is said of the flows: each on its own, and none upon another as long as there is room. */
export function flowLabels(flows: readonly PlacedFlow[]): Markup[] {
    const labels = flows.reduce<readonly Label[]>((placedLabels, flow) => {
        const places = placesOf(flow.from, flow.to).map((at) => labelAt(flow, at));
        const isFree = (label: Label) => placedLabels.every((other) => !touches(label, other));
        return [...placedLabels, places.find(isFree) ?? places[0]!];
    }, []);
    return labels.map(
        ({ text, x, y }) =>
            markup`<text class="label" x="${round(x)}" y="${round(y)}">${text}</text>
`,
    );
}

function labelAt({ x1, y1, x2, y2, thickness, label }: PlacedFlow, at: number): Label {
    const bend = (x2 - x1) / 2;
    const x = bezier(at, [x1, x1 + bend, x2 - bend, x2]);
    return { text: label, x, y: bezier(at, [y1, y1, y2, y2]) - thickness / 2 - 4 };
}

function touches(a: Label, b: Label): boolean {
    return Math.abs(a.x - b.x) < halfOf(a) + halfOf(b) && Math.abs(a.y - b.y) < labelHeight;
}

function bezier(t: number, [a, b, c, d]: readonly [number, number, number, number]): number {
    const s = 1 - t;
    return s ** 3 * a + 3 * s ** 2 * t * b + 3 * s * t ** 2 * c + t ** 3 * d;
}

/** A length as a picture has it. */
export function round(value: number): number {
    return Number(value.toFixed(1));
}
