import { Step } from "../../machine/timeline";
import { Chain, longestChain } from "../timeline/chain";
import { stepTitle } from "../timeline/steps";
import { chainSentence, secondsOf, waits } from "../timeline/text";
import { Content, Markup, markup } from "./markup";
import { sample, table, tableBody } from "./parts";

/** The steps of a run as bars over its time, with the numbers beside them; nothing if there are none. */
export function timelineSection(steps: readonly Step[]): Content {
    const chain = longestChain(steps);
    if (chain === undefined) {
        return undefined;
    }
    return markup`<section class="step" id="timeline" aria-labelledby="title-timeline">
<h2 id="title-timeline">How long it took</h2>
<p class="lesson">${chainSentence(chain)}</p>
<h3>Steps</h3>
${stepsTable(steps, chain)}
${waitsTable(chain)}</section>
`;
}

function stepsTable(steps: readonly Step[], chain: Chain): Markup {
    const began = Math.min(...steps.map(({ start }) => start));
    const inChain = new Set(chain.links.map(({ step }) => step));
    const groups = [...new Set(steps.map(({ cluster }) => cluster))];
    const once = groups.filter((group) => group !== undefined).length > 2 ? "all" : "both";
    return table(
        "timeline",
        markup`When each step began, counted from the start, and how long it took.
<span class="legend">${sample("in the chain", "chain")}${sample("beside it", "beside")}</span>`,
        [
            "Step",
            "At",
            "Takes",
            markup`<span class="scale"><span>0 s</span> <span>${secondsOf(chain.wallMs)}</span></span>`,
        ],
        groups.map((group) =>
            tableBody([
                markup`<th class="group" scope="rowgroup" colspan="4">${group ?? `once for ${once}`}</th>`,
                ...steps
                    .filter(({ cluster }) => cluster === group)
                    .map((step) => row(step, began, chain.wallMs, inChain.has(step))),
            ]),
        ),
    );
}

function row(step: Step, began: number, wallMs: number, isInChain: boolean): Markup {
    const from = step.start - began;
    const takes = step.end - step.start;
    const percent = (ms: number) => Number(((ms / wallMs) * 100).toFixed(2));
    // A bar is never narrower than 3 px, nor beyond its track.
    const place = `margin-left: min(${percent(from)}%, 100% - 3px); width: ${percent(takes)}%`;
    const mark = isInChain ? markup` <span class="tag">in the chain</span>` : undefined;
    return markup`<th scope="row">${stepTitle(step)}${mark}</th><td>${secondsOf(from)}</td><td>${secondsOf(takes)}</td><td><div class="track small"><span class="fill ${isInChain ? "chain" : "beside"}" style="${place}"></span></div></td>`;
}

function waitsTable(chain: Chain): Content {
    const lost = waits(chain);
    return lost.length === 0
        ? undefined
        : markup`<h3>Beside the chain’s own work</h3>
${table(
    "waits",
    "Programs that start, and time in which nothing of the chain ran.",
    ["What", "Takes"],
    [
        tableBody(
            lost.map(([what, ms]) => markup`<th scope="row">${what}</th><td>${secondsOf(ms)}</td>`),
        ),
    ],
)}
`;
}
