/**
 * The report's only styles. Clusters differ in pattern as well as in colour (the first two are blue and vermilion
 * after Okabe and Ito, which colour-blind people tell apart); paper is always light.
 */
export const stylesheet = `
:root {
    color-scheme: light;
    --paper: #fdfcfa; --ink: #1d1c1a; --quiet: #5c5851; --line: #dbd6cc; --wash: #f4f1ea;
    --first: #0069a8; --second: #c04a00; --third: #00795a; --fourth: #9c3f78;
    --agrees: #1b6345; --disagrees: #a3122e;
    --serif: "Iowan Old Style", "Palatino Linotype", Palatino, Charter, Georgia, "Noto Serif", serif;
    --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
    --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
    :root {
        color-scheme: dark;
        --paper: #17181a; --ink: #e9e6df; --quiet: #a9a59c; --line: #3a3a3a; --wash: #212225;
        --first: #58b4ea; --second: #f0a040; --third: #4fc49b; --fourth: #df96c0;
        --agrees: #83cfa8; --disagrees: #ff9fa6;
    }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
    margin: 0 auto; padding: 2.5rem 1rem 4rem; max-width: 60rem;
    background: var(--paper); color: var(--ink);
    font: 1rem/1.55 var(--sans); overflow-wrap: anywhere;
}
h1, h2, h3, h4, p, dl, dd, ul, ol { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1, h2 { font-family: var(--serif); font-weight: 600; line-height: 1.15; text-wrap: balance; }
h1 { font-size: clamp(2rem, 1.4rem + 2.6vw, 3rem); letter-spacing: -0.015em; }
h2 { font-size: clamp(1.6rem, 1.3rem + 1.4vw, 2.1rem); letter-spacing: -0.01em; }
h3 { margin: 3rem 0 0.875rem; font: 600 1.25rem/1.3 var(--serif); }
h4 { display: flex; justify-content: space-between; gap: 1rem; font-size: 1rem; font-weight: 650; }
a { color: inherit; text-decoration-color: var(--quiet); text-underline-offset: 0.2em; }
a:hover { text-decoration-thickness: 2px; }
a:focus-visible { outline: 2px solid var(--first); outline-offset: 3px; }
code { font: 0.9em/1.5 var(--mono); }
.intro, .quiet, .note, .detail, .ordinal, caption, dt { color: var(--quiet); }
.intro { margin-top: 0.75rem; font-size: 1.0625rem; }
.overall { margin-top: 1.5rem; font-size: 1.25rem; font-family: var(--serif); }
.summary, .step { margin-top: 3.5rem; padding-top: 2rem; border-top: 2px solid var(--ink); }
.ordinal { margin-bottom: 0.375rem; font-size: 0.875rem; }
.lesson { margin-top: 0.75rem; max-width: 40rem; font: 1.1875rem/1.5 var(--serif); text-wrap: pretty; }
.back { margin-top: 2rem; font-size: 0.875rem; }
.badge { font-weight: 650; white-space: nowrap; }
.badge.agrees { color: var(--agrees); }
.badge.disagrees, .wrong .tag, .wrong dt { color: var(--disagrees); }
.verdict { display: flex; flex-wrap: wrap; gap: 0 0.875rem; margin-top: 1.5rem; padding: 0.75rem 1rem; background: var(--wash); }
.verdict { border-left: 4px solid var(--agrees); }
.verdict.disagrees { border-left: 4px double var(--disagrees); border-left-width: 8px; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); }
.facts { gap: 1rem 1.5rem; margin-top: 1.5rem; }
dt { font-size: 0.875rem; }
.commands { padding: 0.875rem 1rem; background: var(--wash); }
.commands li { padding-left: 4ch; text-indent: -4ch; font: 0.9rem/1.5 var(--mono); }
.commands li + li { margin-top: 0.25rem; }
.commands li::before { content: "$ "; color: var(--quiet); }
.commands code { font: inherit; white-space: pre-wrap; }
.clients, .objects { display: grid; column-gap: 3rem; }
.clients, .objects { grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); }
.clients { row-gap: 2.5rem; }
.client { padding-top: 0.75rem; border-top: 1px solid var(--line); }
.client .quiet { font-size: 0.875rem; }
.bars { margin-top: 1.25rem; }
.bars li + li { margin-top: 1.125rem; }
.label { display: flex; flex-wrap: wrap; align-items: baseline; column-gap: 0.625rem; }
.label .count { margin-left: auto; }
.label .share { min-width: 3.75em; text-align: right; font-weight: 650; }
.count, .share, .detail, td, .facts dd { font-variant-numeric: tabular-nums; }
.tag, .detail, .note { font-size: 0.8125rem; }
.tag { color: var(--quiet); }
.wrong .tag { font-weight: 650; }
.track { display: flex; height: 1.125rem; margin: 0.25rem 0; background: var(--wash); }
.track.small { height: 0.5rem; margin: 0.5rem 0 0; }
.fill { display: block; border: 1.5px solid var(--first); forced-color-adjust: none; }
.fill.first { background: var(--first); }
.fill.second {
    border-color: var(--second);
    background: repeating-linear-gradient(135deg, var(--second) 0 3px, transparent 3px 6px);
}
.fill.third { --color: var(--third); --angle: 90deg; --stripe: 3px; }
.fill.fourth { --color: var(--fourth); --angle: 45deg; --stripe: 3px; }
.fill.fifth { --color: var(--first); --angle: 0deg; --stripe: 2px; }
.fill.sixth { --color: var(--second); --angle: 90deg; --stripe: 6px; }
.fill.seventh { --color: var(--third); --angle: 135deg; --stripe: 6px; }
.fill.eighth { --color: var(--fourth); --angle: 45deg; --stripe: 8px; }
.fill:is(.third, .fourth, .fifth, .sixth, .seventh, .eighth) {
    border-color: var(--color);
    background: repeating-linear-gradient(
        var(--angle), var(--color) 0 var(--stripe), transparent 0 calc(2 * var(--stripe))
    );
}
.fill.failed {
    border-color: var(--quiet); border-style: dashed;
    background: radial-gradient(var(--quiet) 1px, transparent 1.5px) 0 0 / 5px 5px;
}
.fill.chain { border-color: var(--ink); background: var(--ink); }
.fill.beside { border-color: var(--quiet); background: var(--paper); }
.swatch { display: inline-block; width: 1.25em; height: 0.75em; margin-right: 0.5em; }
.outcome { display: grid; grid-template-columns: 1fr 1fr; gap: 0.75rem 1rem; margin-top: 1.5rem; }
.outcome .reasons, .outcome .wrong { grid-column: 1 / -1; }
.outcome dd + dd { margin-top: 0.25rem; }
table { width: 100%; table-layout: fixed; border-collapse: collapse; font-size: 0.9375rem; }
caption { padding-bottom: 0.625rem; text-align: left; font-size: 0.875rem; }
th, td { padding: 0.625rem 0.75rem 0.625rem 0; text-align: left; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
th { font-weight: 650; hyphens: auto; }
thead th { border-bottom: 1px solid var(--ink); vertical-align: bottom; }
tbody th, tbody td { border-bottom: 1px solid var(--line); }
tbody th { font-weight: inherit; }
.steps tbody th { padding-bottom: 0; border-bottom: 0; font-weight: 650; hyphens: none; }
.steps td { padding-top: 0.25rem; }
.steps td:not(:last-child) { padding-right: 1.5rem; }
.labs th:last-child { width: 38%; }
.objects th:first-child { width: 38%; }
.objects .differences th:first-child { width: 54%; }
.objects .sides { table-layout: auto; }
.objects .sides th { width: auto; hyphens: manual; }
.objects .sides thead th { overflow-wrap: normal; }
.objects .sides tbody th { white-space: nowrap; }
.timeline th:nth-child(2), .timeline th:nth-child(3), .timeline td:nth-child(2), .timeline td:nth-child(3) {
    width: 4.75rem; padding-right: 1rem; text-align: right; white-space: nowrap;
}
.timeline th:first-child { width: 40%; }
.timeline .scale { display: flex; justify-content: space-between; font-weight: inherit; }
.timeline tbody th, .timeline tbody td { padding-top: 0.25rem; padding-bottom: 0.25rem; }
.timeline tbody .group { padding-top: 1rem; font-weight: 650; }
.timeline .fill { min-width: 3px; }
.waits th:last-child, .waits td:last-child { width: 6rem; text-align: right; }
.summary h2 { margin-bottom: 0.75rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin-top: 0.375rem; }
.note { display: block; }
@media (max-width: 34rem) {
    table { font-size: 0.875rem; }
    th, td, .steps td:not(:last-child) { padding-right: 0.5rem; }
    .objects th:first-child { width: 35%; }
    .objects .sides { font-size: 0.75rem; }
    .timeline th:nth-child(2), .timeline th:nth-child(3), .timeline td:nth-child(2), .timeline td:nth-child(3) {
        width: 3.75rem; padding-right: 0.5rem;
    }
}
@media print {
    :root { --paper: #fff; --ink: #000; --quiet: #444; --line: #bbb; --wash: #f2f2f2; }
    html { font-size: 9pt; }
    body { max-width: none; padding: 0; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
    h3 { margin-top: 1.75rem; }
    th, td { padding-top: 0.4rem; padding-bottom: 0.4rem; }
    .step { break-before: page; margin-top: 0; padding-top: 1rem; }
    .step:first-child { break-before: auto; margin-top: 2rem; }
    .client, .objects > div, .steps tbody, .verdict, .facts { break-inside: avoid; }
    h2, h3, h4 { break-after: avoid; }
    .back { display: none; }
}
`;
