import { Markup, markup } from "../src/proof/report/markup";
import { Spread } from "../src/proof/spread";
import { Unit } from "./result";
import { Row, spreadText } from "./summary";
import { Way, wayNames, ways } from "./ways";

const width = 760;
const labelWidth = 250;
const valueWidth = 210;
const barHeight = 12;
const gap = 16;

/**
 * Rows as bars from 0, ours above the ways by hand, with a line from smallest to largest; SVG as text. Each row has
 * its own scale: a flip takes seconds, an `up` minutes, and it is their ratio that one wants to see.
 */
export function chartSvg(rows: readonly Row[], title: string): string {
    let y = 56;
    const parts = rows.map((row) => {
        const bars = ways.flatMap((way) => {
            const spread = row.spreads[way];
            return spread ? [{ spread, way }] : [];
        });
        const scale = plotWidth / Math.max(...bars.map(({ spread }) => spread.max));
        const top = y;
        y += bars.length * (barHeight + 2) + gap;
        return markup`
<text x="0" y="${top + 10}">${row.label}</text>${bars.map(({ spread, way }, index) =>
            bar(spread, way, row.unit, scale, top + index * (barHeight + 2)),
        )}`;
    });
    return markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" role="img" aria-label="${title}">
<style>${new Markup(style)}</style>
<rect class="paper" width="${width}" height="${y}"/>
<text class="title" x="0" y="16">${title}</text>
${ways.map(
    (way, index) =>
        markup`<rect class="${way}" x="${index * 70 + 1}" y="28" width="12" height="${barHeight}"/><text x="${index * 70 + 19}" y="38">${wayNames[way]}</text>
`,
)}${parts}
</svg>
`.toString();
}

const plotWidth = width - labelWidth - valueWidth;

/** Colours that colour-blind people tell apart (Okabe and Ito); the second is hollow as well, the third dashed. */
const style = `text{font:12px system-ui,sans-serif;fill:#1d1c1a}.title{font-weight:600;font-size:14px}
.paper{fill:#fdfcfa}.ours{fill:#0069a8;stroke:#0069a8}.helm{fill:none;stroke:#c04a00;stroke-width:1.5}
.cli{fill:none;stroke:#00795a;stroke-width:1.5;stroke-dasharray:4 2}
.spread{stroke:#1d1c1a;stroke-width:1.5}.value{fill:#5c5851}`;

function bar(
    { median, min, max, count }: Spread,
    way: Way,
    unit: Unit,
    scale: number,
    y: number,
): Markup {
    const x = (value: number) => (labelWidth + value * scale).toFixed(1);
    const middle = y + barHeight / 2;
    return markup`
<rect class="${way}" x="${labelWidth}" y="${y}" width="${(median * scale).toFixed(1)}" height="${barHeight}"/>
<path class="spread" d="M${x(min)} ${middle}H${x(max)}"/>
<text class="value" x="${labelWidth + plotWidth + 8}" y="${y + 10}">${spreadText({ median, min, max, count }, unit)}</text>`;
}
