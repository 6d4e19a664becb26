import { Bucket, columns, failed } from "../live/history";
import { Mark, lastChange } from "../live/marks";
import { secondsText } from "./format";
import { Content, Markup, markup } from "./markup";
import { clusterClass, sample, clusterLabel } from "./parts";

/** What a chart of the last minutes shows. */
export interface ChartArgs {
    readonly history: readonly Bucket[];
    readonly marks: readonly Mark[];
    readonly clusters: readonly string[];
    /** Milliseconds since the epoch. */
    readonly now: number;
    readonly minutes: number;
}

/** Spans that the minutes are cut into. */
const count = 60;

/** Requests of one span of time, by client, then by the cluster that answered, or {@link failed}. */
export type SpanCounts = Bucket["counts"];

/** A strip's own pixels; a stylesheet stretches it to its place. */
const [width, height] = [600, 60];
/** Marks that are listed below the chart. */
const mostListed = 8;

/** Who answered each cluster's clients over the last minutes, with a line for every change and the changes listed. */
export function historyChart(args: ChartArgs): Markup {
    const { clusters, marks, now, minutes } = args;
    const spans = columns(args.history, { now, minutes, count });
    const from = now - minutes * 60_000;
    const last = lastChange(marks);
    const visible = marks
        .map((mark, i) => ({ mark, number: i + 1, isLast: mark === last }))
        .filter(({ mark }) => mark.at > from);
    const places = visible.map(({ mark, number }) => ({
        number,
        // What has just been seen may be later than the chart.
        percent: Math.min(100, Number((((mark.at - from) / (now - from)) * 100).toFixed(2))),
    }));
    return markup`<div class="strips">
${clusters.map((client) => strip(client, clusters, spans, places))}<p class="scale"><span>${minutes} minutes ago</span><span>now</span></p>
<div class="mark-numbers" aria-hidden="true">${numbersOf(places).map(({ text, percent }) => markup`<span style="left: ${percent}%">${text}</span>`)}</div>
</div>
${stripLegend(clusters)}${markList(visible.slice(-mostListed).reverse())}`;
}

/**
 * {@link historyChart} for who draws again and again: what was drawn is kept until its time, its marks or its clusters are
 * others. An hour of eight clusters is a hundred thousand counts to sum up.
 */
export function keptChart(draw: typeof historyChart = historyChart): typeof historyChart {
    const kept = new Map<number, { readonly args: ChartArgs; readonly chart: Markup }>();
    return (args) => {
        const last = kept.get(args.minutes);
        const isSame =
            last?.args.now === args.now &&
            last.args.marks === args.marks &&
            last.args.clusters.join() === args.clusters.join();
        const chart = isSame ? last.chart : draw(args);
        kept.set(args.minutes, { args, chart });
        return chart;
    };
}

/**
 * Who answered a client over some spans of the same length, stacked, each span as high as the others.
 *
 * @param places Lines across it, in percent of its width.
 */
export function strip(
    client: string,
    clusters: readonly string[],
    spans: readonly SpanCounts[],
    places: readonly { readonly percent: number }[],
): Markup {
    const answers = [...clusters, failed];
    const step = width / spans.length;
    const paths = answers.map((answer) => {
        const d = spans.map((span, i) => {
            const own = span[client] ?? {};
            const total = answers.reduce((sum, one) => sum + (own[one] ?? 0), 0);
            const before = answers
                .slice(0, answers.indexOf(answer))
                .reduce((sum, one) => sum + (own[one] ?? 0), 0);
            const tall = ((own[answer] ?? 0) / Math.max(1, total)) * height;
            return tall === 0
                ? ""
                : `M${round(i * step)} ${round((before / total) * height)}h${round(step - 0.5)}v${round(tall)}h${round(0.5 - step)}z`;
        });
        const name = answer === failed ? failed : clusterClass(answer, clusters);
        return markup`<path class="area ${name}" fill="url(#fill-${name})" d="${d.join("")}"/>`;
    });
    const lines = places.map(
        ({ percent }) =>
            markup`<path class="mark" d="M${round((percent / 100) * width)} 0v${height}"/>`,
    );
    return markup`<p class="strip-name">${client} asks</p>
<svg class="strip" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">${paths}${lines}</svg>
`;
}

/** What the patterns of strips stand for. */
export function stripLegend(clusters: readonly string[]): Markup {
    return markup`<p class="legend">${clusters.map((cluster) => clusterLabel(cluster, clusters))}${sample("failed", "failed")}</p>
`;
}

/** A mark's number, and where its line is, in percent of the chart's width. */
interface Numbered {
    readonly number: number;
    readonly percent: number;
}

/** Numbers of marks as they stand below the chart, and where their middle is. */
interface NumberText {
    readonly text: string;
    readonly percent: number;
}

/** Width of a digit, and of the gap to the next number, in percent of the chart on a phone of 320 pixels. */
const [digit, apart] = [3.2, 1.5];

/** The numbers of marks, in the order of their places; those that would touch are one range, as `13–16`. */
export function numbersOf(places: readonly Numbered[]): NumberText[] {
    const groups = places.reduce<readonly (readonly Numbered[])[]>(
        (all, place) => joined([...all, [place]]),
        [],
    );
    return groups.map(numberText);
}

/** Groups of numbers once the last of them touches no other. */
function joined(groups: readonly (readonly Numbered[])[]): readonly (readonly Numbered[])[] {
    const [before, last] = groups.slice(-2);
    if (before === undefined || last === undefined) {
        return groups;
    }
    const [left, right] = [before, last].map(numberText);
    const room = (widthOf(left!) + widthOf(right!)) / 2 + apart;
    return right!.percent - left!.percent < room
        ? joined([...groups.slice(0, -2), [...before, ...last]])
        : groups;
}

function numberText(group: readonly Numbered[]): NumberText {
    const [first, last] = [group[0]!, group.at(-1)!];
    const text = group.length === 1 ? String(first.number) : `${first.number}–${last.number}`;
    const half = widthOf({ text }) / 2;
    const middle = (first.percent + last.percent) / 2;
    return { text, percent: Number(Math.min(Math.max(middle, half), 100 - half).toFixed(2)) };
}

function widthOf({ text }: Pick<NumberText, "text">): number {
    return text.length * digit;
}

interface Listed {
    readonly mark: Mark;
    readonly number: number;
    readonly isLast: boolean;
}

function markList(marks: readonly Listed[]): Content {
    return marks.length === 0
        ? markup`<p class="quiet">No change was seen in this time.</p>
`
        : markup`<ol class="marks" role="list">
${marks.map(
    ({
        mark,
        number,
        isLast,
    }) => markup`<li><span class="number">${number}</span> <time>${clock(mark.at)}</time> <b>${mark.by}</b> ${mark.texts.join(", ")}${noteOf(mark, isLast)}</li>
`,
)}</ol>
`;
}

function noteOf(mark: Mark, isLast: boolean): Content {
    const arrived = arrival(mark, isLast);
    return arrived && markup`<span class="note">${arrived}</span>`;
}

/**
 * How long a change took to arrive, in words.
 *
 * @param isLast Whether no other came after it; of one that was overtaken nobody will know.
 * @returns Undefined of what nothing has to arrive of.
 */
export function arrival({ arrivedMs, isEvent }: Mark, isLast = true): string | undefined {
    if (isEvent) {
        return undefined;
    }
    if (arrivedMs !== undefined) {
        return `arrived after ${secondsText(arrivedMs / 1000)}`;
    }
    return isLast ? "not arrived yet" : "overtaken by the next change";
}

/** Local time of day. */
function clock(at: number): string {
    const time = new Date(at);
    return [time.getHours(), time.getMinutes(), time.getSeconds()]
        .map((part) => String(part).padStart(2, "0"))
        .join(":");
}

function round(value: number): number {
    return Number(value.toFixed(1));
}
