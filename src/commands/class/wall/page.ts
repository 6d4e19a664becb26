import { tourSteps } from "../../../lab/tourSteps";
import { countText } from "../../../proof/report/format";
import { Content, Markup, markup } from "../../../proof/report/markup";
import { pageFrame } from "../../board/page";
import { Regions, written } from "../../board/regions";
import { Student } from "../studentsFile";
import { StudentTile } from "./classWatch";
import { LabState, Stuck, Tile, TileVerdict, spanText } from "./tile";

/** The command that serves the wall, and the wall's own styles. */
export const wallCommand = "npm run class -- board";
export const wallStyles = ["/wall.css", "wall"] as const;

/** The wall without what changes by itself. */
export function wallHtml(students: readonly Student[], file: string): string {
    const tiles = students.map(({ name, stack }) => markup`<li id="lab-${stack}">${name}</li>\n`);
    return pageFrame({
        title: "Class",
        heading: markup`Class <span class="quiet">${countText(students.length, "lab")} of ${file}, read only</span>`,
        skip: ["#labs-title", "To the labs"],
        command: wallCommand,
        styles: wallStyles,
        main: markup`<section class="panel" aria-labelledby="overall-title"><h2 id="overall-title">Now</h2>
<div id="overall"></div>
<h3>Stuck</h3>
<div id="stuck"></div>
</section>
<section class="panel" aria-labelledby="labs-title"><h2 id="labs-title" tabindex="-1">Labs</h2>
<ul class="tiles" role="list">
${tiles}</ul>
</section>
`,
    });
}

/** The parts of the wall that change by themselves. */
export function wallRegions(labs: readonly StudentTile[], now: number): Regions {
    return written({
        overall: overall(labs),
        stuck: stuckList(labs, now),
        announce: announcement(labs),
        ...Object.fromEntries(labs.map((lab) => [`lab-${lab.stack}`, tileOnWall(lab, now)])),
    });
}

/** Path of a student's own page. */
export function studentPath(stack: string): string {
    return `/students/${stack}/`;
}

const signs: Readonly<Record<LabState, string>> = {
    up: "●",
    "coming up": "◐",
    "not up": "○",
    down: "▽",
    failed: "✗",
    unknown: "?",
};

const verdicts: Readonly<Record<TileVerdict, readonly [sign: string, words: string]>> = {
    agrees: ["✓", "agrees"],
    disagrees: ["✗", "disagrees"],
    unasked: ["?", "cannot be asked"],
    "not asked": ["…", "not asked yet"],
    changing: ["…", "changing"],
};

function tileOnWall(lab: StudentTile, now: number): Markup {
    const { name, stack, tile } = lab;
    const words = tile === undefined ? ["looking"] : [tile.state, tile.verdict ?? ""];
    const classes = ["tile", ...words.map(classOf), tile?.stuck === undefined ? "" : "stuck"];
    return markup`<article class="${classes.filter((one) => one !== "").join(" ")}">
<h3><a id="open-${stack}" href="${studentPath(stack)}"><bdi>${name}</bdi></a></h3>
${tile === undefined ? markup`<p class="quiet">looking</p>\n` : tileBody(tile, now, "", handCount(tile))}</article>
`;
}

/** What is to be said of a lab, with what is to be said of its verdict's time and of what was changed by hand. */
function tileBody(tile: Tile, now: number, asked: string, byHand: Content): Markup {
    const { state, learned, stuck, note, noteSince } = tile;
    const told = stuck ?? (note === undefined ? undefined : { why: note, since: noteSince });
    const exercise = state === "up" ? learned.exercise : undefined;
    return markup`${badges(tile, now, asked)}${exercise && markup`<p class="exercise">${exercise}</p>\n`}${byHand}${progress(tile)}${
        told &&
        markup`<p class="why">${stuck && markup`<b>stuck</b> `}${forText(told, now)}${told.why}</p>\n`
    }`;
}

/** What is to be said of a lab on its own page, which has its live verdict, too: with all that was changed by hand. */
export function wholeTile(tile: Tile, now: number): Markup {
    const lines = tile.byHand.map((text) => markup`<li>${text}</li>\n`);
    const byHand = markup`<p>Changed by hand:</p>\n<ul class="troubles">\n${lines}</ul>\n`;
    return tileBody(tile, now, "asked ", lines.length === 0 ? undefined : byHand);
}

function handCount({ byHand }: Tile): Content {
    return byHand.length === 0
        ? undefined
        : markup`<p class="tag">${countText(byHand.length, "setting")} changed by hand</p>\n`;
}

function badges({ state, verdict, askedAt }: Tile, now: number, asked: string): Markup {
    const judged = verdict && badge(...verdicts[verdict], classOf(verdict));
    const when =
        askedAt === undefined
            ? undefined
            : markup`<span class="tag">${asked}${agoText(now - askedAt)}</span>`;
    return markup`<p class="badges">${badge(signs[state], state, classOf(state))}${judged}${when}</p>
`;
}

function badge(sign: string, words: string, className: string): Markup {
    return markup`<strong class="badge ${className}"><span aria-hidden="true">${sign}</span> ${words}</strong> `;
}

/** Milliseconds that are not worth a number. */
const shortMs = 10_000;

function agoText(ms: number): string {
    return ms < shortMs ? "just now" : `${spanText(ms)} ago`;
}

function forText({ since }: Stuck, now: number): string {
    return since === undefined || now - since < shortMs ? "" : `for ${spanText(now - since)}: `;
}

/** `guesses 3 of 4` and `tour 5 of 12`: so many were right, so many steps done; nothing of whoever has not begun. */
function progress({ learned: { guesses, right, steps } }: Tile): Content {
    const parts = [
        ...(guesses > 0 ? [`guesses ${right} of ${guesses}`] : []),
        ...(steps > 0 ? [`tour ${steps} of ${tourSteps.length}`] : []),
    ];
    const spans = parts.map((part) => markup`<span>${part}</span> `);
    return parts.length === 0 ? undefined : markup`<p class="learned">${spans}</p>\n`;
}

const stateOrder: readonly LabState[] = ["up", "coming up", "failed", "unknown", "down", "not up"];

/** What several labs do: one `agrees`, two `agree`. */
const several: Readonly<Partial<Record<TileVerdict, string>>> = {
    agrees: "agree",
    disagrees: "disagree",
};

const verdictOrder: readonly TileVerdict[] = [
    "agrees",
    "disagrees",
    "unasked",
    "not asked",
    "changing",
];

function overall(labs: readonly StudentTile[]): Markup {
    const tiles = labs.flatMap(({ tile }) => tile ?? []);
    const states = stateOrder.map((state) => {
        const count = tiles.filter((tile) => tile.state === state).length;
        return counted(count, badge(signs[state], state, classOf(state)));
    });
    const asked = verdictOrder.map((verdict) => {
        const count = tiles.filter((tile) => tile.verdict === verdict).length;
        const [sign, one] = verdicts[verdict];
        const words = count === 1 ? one : (several[verdict] ?? one);
        return counted(count, badge(sign, words, classOf(verdict)));
    });
    return markup`${countList("Labs", states)}${countList("Requests and rule", asked)}<p class="quiet">Labs are asked one after the other while a page is open.</p>
`;
}

function countList(label: string, counts: readonly Content[]): Content {
    return counts.every((count) => count === undefined)
        ? undefined
        : markup`<ul class="counts" role="list" aria-label="${label}">\n${counts}</ul>\n`;
}

/** A word or two as the class of an element. */
function classOf(words: string): string {
    return words.replace(" ", "-");
}

function counted(count: number, what: Markup): Content {
    return count === 0 ? undefined : markup`<li><b>${count}</b> ${what}</li>\n`;
}

/** Labs that are listed as stuck, at most; the tiles mark all. */
const mostListed = 8;

function stuckList(labs: readonly StudentTile[], now: number): Markup {
    const all = stuckOf(labs);
    if (all.length === 0) {
        return markup`<p class="quiet">Nobody is.</p>\n`;
    }
    const more = all.length - mostListed;
    return markup`<ul class="troubles">
${all.slice(0, mostListed).map(({ name, stack, stuck }) => markup`<li><a id="stuck-${stack}" href="${studentPath(stack)}"><bdi>${name}</bdi></a> ${forText(stuck, now)}${stuck.why}</li>\n`)}</ul>
${more > 0 ? markup`<p class="quiet">And ${more} more, which are marked beside.</p>\n` : undefined}`;
}

/** Those who do not get on, the longest first. */
function stuckOf(labs: readonly StudentTile[]) {
    return labs
        .flatMap(({ name, stack, tile }) =>
            tile?.stuck ? [{ name, stack, stuck: tile.stuck }] : [],
        )
        .sort((a, b) => (a.stuck.since ?? Infinity) - (b.stuck.since ?? Infinity) || 0);
}

/** What a screen reader is told when it changes: how many are up, and who is stuck. */
function announcement(labs: readonly StudentTile[]): string {
    const up = labs.filter(({ tile }) => tile?.state === "up").length;
    const names = stuckOf(labs).map(({ name }) => name);
    const stuck = names.length === 0 ? "Nobody is stuck." : `Stuck: ${names.join(", ")}.`;
    return `${up} of ${countText(labs.length, "lab")} up. ${stuck}`;
}
