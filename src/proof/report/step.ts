import { isMixed } from "../../lab/ciliumVersions";
import { Setting, settings } from "../../lab/settings";
import { Difference } from "../../lab/sides";
import { Side, affinityOf } from "../../lab/whoAnswers";
import { answeringText, listText } from "../../lab/wording";
import { ReportedStep, Verification } from "../verify/result";
import { certificateLines, unaskedText } from "../verify/text";
import { missingClients, verdictOf } from "../verify/verdict";
import { clientSection } from "./client";
import { countText, secondsText, timeText } from "./format";
import { Content, Markup, markup } from "./markup";
import { breakableKey, clusterLabel, table, tableBody, verdictBadge } from "./parts";

/** What heads a step: its title, or the stack that was verified. */
export function stepTitle({ title, verification }: ReportedStep): string {
    return title ?? `Stack ${verification.stack}`;
}

/**
 * One step: what was done, who answered, and what the live objects say.
 *
 * @param number Position of the step, from 1; its id is `step-<number>`.
 * @param total Number of steps; a single one needs no number and no way back to the summary.
 */
export function stepSection(step: ReportedStep, number: number, total: number): Markup {
    const { verification } = step;
    const clusters = verification.sides.map(({ cluster }) => cluster);
    const ordinal =
        total > 1 ? markup`<p class="ordinal">Step ${number} of ${total}</p>\n` : undefined;
    const back =
        total > 1
            ? markup`<p class="back"><a href="#summary">Back to the summary</a></p>\n`
            : undefined;
    return markup`<section class="step" id="step-${number}" aria-labelledby="title-${number}">
${ordinal}<h2 id="title-${number}">${stepTitle(step)}</h2>
${step.lesson === undefined ? undefined : markup`<p class="lesson">${step.lesson}</p>\n`}${verdictLine(verification)}
${facts(verification)}
${commandList(step.commands ?? [])}<h3>Who answered</h3>
<div class="clients">
${verification.clients.map((client) => clientSection(client, clusters))}</div>
${unaskedList(verification)}
<div class="objects">
<div>
<h3>Settings of ${clusters.length > 2 ? "every side" : "both sides"}</h3>
${settingsTable(verification)}
</div>
<div>
<h3>Config and live objects</h3>
${differencesTable(verification.differences)}
${lineList("Not as the stack made it", verification.drift)}${lineList("Certificates of the mesh", certificateLines(verification))}</div>
</div>
${back}</section>
`;
}

function verdictLine(verification: Verification): Markup {
    const { clients, agrees } = verification;
    const wrong = clients.filter((client) => !client.agrees).map(({ client }) => client);
    const sentences = {
        agrees: "Every cluster that must answer did, and no other.",
        disagrees: `Where ${listText([...new Set(wrong)])} asked, the answers are not what the rule says.`,
        unasked: `Not known: ${listText(missingClients(verification))} could not be asked.`,
        "other-settings":
            "The answers are what the rule says, but not for the settings that were announced.",
    };
    const verdict = verdictOf(verification);
    return markup`<p class="verdict ${agrees ? "agrees" : "disagrees"}">${verdictBadge(verdict)}
<span>${sentences[verdict]}</span></p>`;
}

function facts(verification: Verification): Markup {
    const { seconds, rounds } = verification;
    const duration = `${secondsText(seconds)}, ${countText(rounds, "round")}`;
    const entries: readonly (readonly [string, Content])[] = [
        ["Stack", verification.stack],
        ["Cilium", verification.ciliumVersion],
        [verification.agrees ? "Agreed after" : "Given up after", duration],
        ["Ended", markup`<time datetime="${verification.at}">${timeText(verification.at)}</time>`],
    ];
    return markup`<dl class="facts">
${entries.map(([term, fact]) => markup`<div><dt>${term}</dt><dd>${fact}</dd></div>\n`)}</dl>`;
}

function commandList(commands: readonly string[]): Content {
    return commands.length === 0
        ? undefined
        : markup`<h3>What was done</h3>
<ol class="commands" role="list">
${commands.map((command) => markup`<li><code>${command}</code></li>\n`)}</ol>
`;
}

type Shown = readonly [name: string, valueOf: (side: Side) => Content];

/** What a page says of a setting beyond its value. */
const noted: Partial<Record<Setting["key"], (side: Side) => Content>> = {
    sharedService: ({ global, shared }) => [
        String(shared),
        global ? undefined : note("no effect: not global"),
    ],
    serviceAffinity: affinity,
    rebelBaseReplicas: backendsText,
};

const versionShown: Shown = ["Cilium", ({ ciliumVersion }) => ciliumVersion];

const policySetting: Shown = [
    "Network policy",
    ({ admits, unclearPolicy }) => {
        if (unclearPolicy !== undefined) {
            return `cannot be judged: ${unclearPolicy}`;
        }
        return admits === undefined ? "none" : `lets in ${answeringText(admits)}`;
    },
];

function settingsTable({ sides }: Verification): Markup {
    const clusters = sides.map(({ cluster }) => cluster);
    const labels = clusters.map((cluster) => clusterLabel(cluster, clusters));
    const shown: readonly Shown[] = [
        ...(isMixed(sides) ? [versionShown] : []),
        // Most labs have them as they are, and the page of a phone has no room for a column of nothing.
        ...settings
            .filter(({ usual, live }) => sides.some((side) => live(side) !== usual))
            .map(({ key, title, live }): Shown => [
                title,
                (side) => noted[key]?.(side) ?? live(side),
            ]),
        ...(sides.some(({ admits, unclearPolicy }) => admits ?? unclearPolicy)
            ? [policySetting]
            : []),
    ];
    const caption = "What the live objects say; the rule is applied to this.";
    if (sides.length > 2) {
        // The columns of so many clusters would be too narrow.
        const rows = sides.map((side, i) =>
            rowOf(
                labels[i],
                shown.map(([, valueOf]) => valueOf(side)),
            ),
        );
        const names = shown.map(([name]) => name);
        return table("settings sides", caption, ["Cluster", ...names], [tableBody(rows)]);
    }
    const rows = shown.map(([name, valueOf]) => rowOf(name, sides.map(valueOf)));
    return table("settings", caption, ["Setting", ...labels], [tableBody(rows)]);
}

function rowOf(header: Content, cells: readonly Content[]): Content[] {
    return [
        markup`<th scope="row">${header}</th>`,
        ...cells.map((cell) => markup`<td>${cell}</td>`),
    ];
}

function backendsText({ backends, ready = backends }: Side): Content {
    return ready === backends ? backends : [backends, note(`${ready} ready`)];
}

function affinity(side: Side): Content {
    if (side.affinity === undefined) {
        return "no annotation";
    }
    const text = side.affinity === "" ? '""' : side.affinity;
    if (!side.global) {
        return [text, note("no effect: not global")];
    }
    const meaning = affinityOf(side);
    if (meaning === "local-only") {
        return [text, note("this Cilium takes it for local only")];
    }
    return meaning === "none" ? [text, note("means no affinity")] : text;
}

function note(text: string): Markup {
    return markup` <span class="note">${text}</span>`;
}

function differencesTable(differences: readonly Difference[]): Markup {
    return differences.length === 0
        ? markup`<p>The live objects say what the stack’s config says.</p>`
        : table(
              "differences",
              "Where the live objects say something else than the stack’s config.",
              ["Key", "Config", "Live"],
              [
                  tableBody(
                      differences.map(({ cluster, key, config, live }) => [
                          markup`<th scope="row"><code>${breakableKey(key)}</code>${note(`in ${cluster}`)}</th>`,
                          markup`<td>${config}</td><td>${live}</td>`,
                      ]),
                  ),
              ],
          );
}

function unaskedList({ unasked }: Verification): Content {
    return unasked.length === 0
        ? undefined
        : markup`<h3>Not asked</h3>
<ul>
${unasked.map((client) => markup`<li>${unaskedText(client)}</li>\n`)}</ul>
`;
}

/** A titled list of lines; nothing where there are none. */
function lineList(title: string, lines: readonly string[]): Content {
    return lines.length === 0
        ? undefined
        : markup`<h3>${title}</h3>
<ul>
${lines.map((line) => markup`<li>${line}</li>\n`)}</ul>
`;
}
