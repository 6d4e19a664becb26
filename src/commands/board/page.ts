import { markup } from "../../proof/report/markup";
import { patternDefinitions } from "../../proof/report/pattern";

/** Minutes that the chart can show. */
export const minuteChoices = [5, 15, 60] as const;

const change = markup`<section class="panel" aria-labelledby="change-title"><h2 id="change-title">Change it</h2>
<div id="controls"></div>
<div id="plan"></div>
</section>
`;

const learn = markup`<section class="panel" aria-labelledby="learn-title"><h2 id="learn-title">Learn it</h2>
<div id="path"></div>
</section>
`;

/** The page without what changes by itself. Its scripts and styles are files of the same server; it needs no other. */
export function boardHtml(stack: string, isReadOnly: boolean): string {
    const access = isReadOnly ? ", read only" : "";
    return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/board.css">
<title>${stack}: who answers</title>
<script type="module" src="/client.js"></script>
</head>
<body class="board">
<a class="skip" href="#twin-title">To the table</a>
<header><h1>Who answers <span class="quiet">stack ${stack}${access}</span></h1>
<p id="connection" class="connection" role="status">connecting</p>
</header>
${patternDefinitions()}<main>
<div class="column">
<section class="panel" aria-labelledby="now-title"><h2 id="now-title">Now</h2>
<div id="status"></div>
<div id="picture"></div>
<details id="twin-details"><summary id="twin-title">As a table</summary><div id="twin"></div></details>
</section>
<section class="panel" aria-labelledby="history-title"><h2 id="history-title">The last minutes</h2>
<p class="setting"><label>Show <select id="minutes">${minuteChoices.map((minutes) => markup`<option value="${minutes}">${minutes} minutes</option>`)}</select></label></p>
<div id="history"></div>
</section>
${isReadOnly ? undefined : change}<section class="panel" aria-labelledby="work-title"><h2 id="work-title">The last change from here</h2>
<div id="work"></div>
</section>
</div>
<div class="column">
${isReadOnly ? undefined : learn}<section class="panel" aria-labelledby="clients-title"><h2 id="clients-title">Asked and answered</h2>
<div id="clients" class="clients"></div>
</section>
</div>
</main>
<p id="announce" class="unseen" role="status" aria-live="polite"></p>
</body>
</html>
`.toString();
}
