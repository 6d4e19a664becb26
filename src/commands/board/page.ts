import { Content, Markup, markup } from "../../proof/report/markup";
import { patternDefinitions } from "../../proof/report/pattern";
import { notConnected } from "./regions";

/** Minutes that the chart can show. */
const minuteChoices = [5, 15, 60] as const;

const settings = markup`<section class="panel" aria-labelledby="change-title"><h2 id="change-title">Settings</h2>
<div id="controls"></div>
</section>
`;

const change = markup`<section class="panel" aria-labelledby="work-title"><h2 id="work-title">Change it</h2>
<div id="plan"></div>
<div id="work"></div>
</section>
<section class="panel" aria-labelledby="learn-title"><h2 id="learn-title">Learn it</h2>
<div id="path"></div>
</section>
`;

/** What of a board's page does not change by itself. */
export interface BoardPage extends Partial<Pick<Frame, "back" | "styles" | "command">> {
    readonly stack: string;
    readonly isReadOnly: boolean;
    /** Whose lab it is; left out for one's own. */
    readonly owner?: string;
    /** What stands above what the lab shows now. */
    readonly above?: Content;
}

/** The minutes that a page's request asks for; the fewest where it asks for none of the choices. */
export function minutesOf(query: URLSearchParams): number {
    const wanted = query.get("minutes");
    return minuteChoices.find((minutes) => String(minutes) === wanted) ?? minuteChoices[0];
}

/** The page of one lab without what changes by itself. */
export function boardHtml({ stack, isReadOnly, owner, above, ...frame }: BoardPage): string {
    const access = isReadOnly ? ", read only" : "";
    return pageFrame({
        title: `${owner ?? stack}: who answers`,
        heading: markup`${owner ?? "Who answers"} <span class="quiet">stack ${stack}${access}</span>`,
        skip: ["#twin-title", "To the table"],
        command: "npm run board",
        ...frame,
        main: boardMain(isReadOnly, above),
    });
}

/** What there is to see, what there is to do, and what else there is: on a wide page the second is beside the others. */
function boardMain(isReadOnly: boolean, above: Content): Markup {
    return markup`<div class="column">
<section class="panel" aria-labelledby="now-title"><h2 id="now-title">Now</h2>
${above}<div id="status">${notConnected}</div>
<div id="picture"></div>
<p class="quiet">A line is what the x-wings of a cluster ask and whose rebel-base answers, as wide as its share of the last seconds' requests.</p>
<div id="flows"></div>
<details id="twin-details"><summary id="twin-title">As a table</summary><div id="twin"></div></details>
</section>
</div>
<div class="column side">
${isReadOnly ? undefined : change}<section class="panel" aria-labelledby="clients-title"><h2 id="clients-title">Asked and answered</h2>
<div id="clients" class="clients"></div>
</section>
</div>
<div class="column">
<section class="panel" aria-labelledby="history-title"><h2 id="history-title">The last minutes</h2>
<p class="setting"><label>Show <select id="minutes">${minuteChoices.map((minutes) => markup`<option value="${minutes}">${minutes} minutes</option>`)}</select></label></p>
<div id="history"></div>
</section>
${isReadOnly ? undefined : settings}</div>
`;
}

/** What a page of the board's server has around its regions. */
export interface Frame {
    /** In the window's title. */
    readonly title: string;
    readonly heading: Content;
    /** The element that the first link leads to, and what the link says. */
    readonly skip: readonly [href: string, text: string];
    /** The command that serves the page. */
    readonly command: string;
    /** The page above this one, where there is one. */
    readonly back?: readonly [href: string, text: string];
    /** More styles, as a path of the server, and the class of what they are for. */
    readonly styles?: readonly [path: string, className: string];
    readonly main: Content;
}

/** A page without what changes by itself. Its scripts and styles are files of the same server; it needs no other. */
export function pageFrame(frame: Frame): string {
    const { title, heading, skip, command, back, styles, main } = frame;
    const link = ([href, text]: readonly [string, string], className: string) =>
        markup`<a class="${className}" href="${href}">${text}</a>\n`;
    return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/board.css">
${styles && markup`<link rel="stylesheet" href="${styles[0]}">\n`}<title>${title}</title>
<script type="module" src="/client.js"></script>
</head>
<body class="${["board", styles?.[1] ?? ""].join(" ").trim()}" data-command="${command}">
${link(skip, "skip")}${back && link(back, "back-link")}<header><h1>${heading}</h1>
<p id="connection" class="connection" role="status">connecting</p>
</header>
${patternDefinitions()}<main>
${main}</main>
<p id="announce" class="unseen" role="status" aria-live="polite"></p>
</body>
</html>
`.toString();
}
