import { expectedText } from "../../lab/wording";
import { Tick, columnsOf, ticksOf } from "../experiment/columns";
import {
    ClientSummary,
    ExperimentReport,
    ExperimentResult,
    Measurement,
    Run,
    clientSummaries,
} from "../experiment/result";
import { cells, headings, remarks, runsText } from "../experiment/text";
import { strip, stripLegend } from "./chart";
import { timeText } from "./format";
import { Content, Markup, markup } from "./markup";
import { pageHtml } from "./page";
import { patternDefinitions } from "./pattern";

/** What experiments came to, as an HTML document ({@link pageHtml}): numbers, and a picture of the answers over time. */
export function experimentsHtml(report: ExperimentReport): string {
    const { stack, ciliumVersion, at, clusters, experiments } = report;
    const facts: readonly (readonly [string, Content])[] = [
        ["Stack", stack],
        ["Cilium", ciliumVersion],
        ["Ended", markup`<time datetime="${at}">${timeText(at)}</time>`],
    ];
    return pageHtml(
        "How long a change takes",
        markup`<p class="intro">Ten requests a second from each living cluster while one thing is changed, and while it is changed back.</p>
<dl class="facts">
${facts.map(([term, fact]) => markup`<div><dt>${term}</dt><dd>${fact}</dd></div>\n`)}</dl>
`,
        [
            patternDefinitions(),
            experiments.length === 0 ? markup`<p>Nothing was measured.</p>\n` : undefined,
            ...experiments.map((one) => experimentSection(one, clusters)),
        ],
    );
}

function experimentSection(result: ExperimentResult, clusters: readonly string[]): Markup {
    const { name, title, from, measurements, troubles } = result;
    const begun = from.length === 0 ? undefined : markup` with ${from.join(", ")}`;
    return markup`<section class="step" id="${name}" aria-labelledby="title-${name}">
<p class="ordinal"><code>${name}</code>${begun}</p>
<h2 id="title-${name}">${capital(title)}</h2>
${measurements.map((one) => measurementPart(one, clusters))}${troubles.map((trouble) => markup`<p class="quiet">${trouble}.</p>\n`)}</section>
`;
}

function capital(text: string): string {
    return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function measurementPart(measurement: Measurement, clusters: readonly string[]): Markup {
    const { change, runs } = measurement;
    const shown = shownRun(runs);
    const which = runs.length === 1 ? "" : ` The picture is of run ${runs.indexOf(shown) + 1}.`;
    return markup`<div class="measurement">
<h3>${change}</h3>
<p class="quiet">${capital(runsText(measurement))}.${which}</p>
${answersOverTime(shown, clusters)}
<div class="clients">
${clientSummaries(measurement).map(clientPart)}</div>
</div>
`;
}

/** The run in the middle, by what took longest to be right. */
export function shownRun(runs: readonly Run[]): Run {
    const longest = ({ clients }: Run) =>
        Math.max(
            ...clients.map(({ lastWrongMs, lastFailedMs, firstNewMs }) =>
                Math.max(lastWrongMs ?? 0, lastFailedMs ?? 0, firstNewMs ?? 0),
            ),
        );
    const sorted = [...runs].sort((a, b) => longest(a) - longest(b));
    return sorted[Math.floor((sorted.length - 1) / 2)]!;
}

/** Who answered each client over the time of a run, with a line where the change was made. */
function answersOverTime({ requests, span, clients }: Run, clusters: readonly string[]): Markup {
    const columns = columnsOf(requests, span);
    const ticks = ticksOf(columns);
    const change = { percent: (columns.before / columns.counts.length) * 100 };
    return markup`<figure class="strips">
${clients.map(({ client }) => strip(client, clusters, columns.counts, [change]))}<p class="ticks" aria-hidden="true">${ticks.map(tickLabel)}</p>
<figcaption class="quiet">Who answered, by the time at which the request was sent; a column is ${columns.stepMs / 1000} s.${stripLegend(clusters)}</figcaption>
</figure>
`;
}

function tickLabel({ seconds, percent }: Tick): Markup {
    if (seconds === 0) {
        return markup`<span class="changed" style="left: ${percent}%">change</span>`;
    }
    // What would stick out is beside its place.
    const place = percent < 4 ? "start" : percent > 96 ? "end" : "inside";
    return markup`<span class="${place}" style="left: ${percent}%">${seconds} s</span>`;
}

function clientPart(summary: ClientSummary): Markup {
    const { client, after } = summary;
    const [, ...values] = cells(summary);
    const [, ...terms] = headings;
    return markup`<section class="client">
<h4>${client} asks</h4>
<p class="quiet">In the end: ${expectedText(after)}</p>
<dl class="outcome">
${terms.map((term, i) => markup`<div><dt>${capital(term)}</dt><dd>${values[i]}</dd></div>\n`)}</dl>
${remarks(summary).map((remark) => markup`<p class="quiet">${remark}.</p>\n`)}</section>
`;
}
