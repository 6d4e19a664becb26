import { Verdict, verdictWords } from "../verify/verdict";
import { Content, Markup, markup } from "./markup";

/** The verdict as a word, with a sign beside it so that colour is never the only difference. */
export function verdictBadge(verdict: Verdict): Markup {
    return verdict === "agrees"
        ? markup`<strong class="badge agrees"><span aria-hidden="true">✓</span> agrees</strong>`
        : markup`<strong class="badge disagrees"><span aria-hidden="true">✗</span> ${verdictWords[verdict]}</strong>`;
}

/** The classes of the clusters' patterns, in the clusters' order; report.css and pattern.ts draw them. */
export const patterns = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
] as const;

/** The cluster's pattern and colour, of which there are as many as clusters can be. */
export function clusterClass(cluster: string, clusters: readonly string[]): string {
    return patterns[clusters.indexOf(cluster) % patterns.length] ?? "first";
}

/** A cluster's name behind a sample of its pattern. */
export function clusterLabel(cluster: string, clusters: readonly string[]): Markup {
    return sample(cluster, clusterClass(cluster, clusters));
}

/** What a pattern stands for, behind a sample of it. */
export function sample(meaning: string, className: string): Markup {
    return markup`<span class="sample"><span class="swatch fill ${className}"></span>${meaning}</span> `;
}

/** Part of a bar's track, as wide as the share; nothing for a share of 0. */
export function barPart(share: number, className: string): Markup | undefined {
    return share > 0
        ? markup`<span class="fill ${className}" style="width: ${Number((share * 100).toFixed(3))}%"></span>`
        : undefined;
}

/** A table with its caption. */
export function table(
    className: string,
    caption: Content,
    headers: readonly Content[],
    bodies: readonly Markup[],
): Markup {
    return markup`<table class="${className}">
<caption>${caption}</caption>
<thead><tr>${headers.map((header) => markup`<th scope="col">${header}</th>`)}</tr></thead>
${bodies}</table>`;
}

/** Rows that belong together; each is its cells, header cells included. */
export function tableBody(rows: readonly Content[]): Markup {
    return markup`<tbody>
${rows.map((row) => markup`<tr>${row}</tr>\n`)}</tbody>
`;
}

/** A config key that may break between its words, so that it fits a phone. */
export function breakableKey(key: string): Content {
    return key.split(/(?=[A-Z])/).map((word, index) => (index === 0 ? word : markup`<wbr>${word}`));
}
