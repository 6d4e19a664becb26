import { answeringText, expectedText } from "../../lab/wording";
import { ClientResult, ReportedStep, Verification } from "../verify/result";
import { verdictOf } from "../verify/verdict";
import { answered, failedShare } from "./client";
import { secondsText } from "./format";
import { Content, Markup, markup } from "./markup";
import {
    barPart,
    clusterClass,
    clusterLabel,
    sample,
    table,
    tableBody,
    verdictBadge,
} from "./parts";
import { stepTitle } from "./step";

/** All steps at a glance, each with a link to its section. */
export function summarySection(steps: readonly ReportedStep[]): Markup {
    const clients = distinct(steps, (proof) => proof.clients.map(({ client }) => client));
    const clusters = distinct(steps, (proof) => proof.sides.map(({ cluster }) => cluster));
    return markup`<section class="summary" id="summary" aria-labelledby="title-summary">
<h2 id="title-summary">Summary</h2>
${table(
    "steps",
    markup`Who answered whom in each step, and whether that is what the rule says.
<span class="legend">${clusters.map((cluster) => clusterLabel(cluster, clusters))}${sample("failed", "failed")}</span>`,
    [...clients.map((client) => `${client} asks`), "Verdict"],
    steps.map((step, index) =>
        tableBody([
            titleCell(step, index + 1, clients.length + 1),
            [...clients.map((client) => clientCell(step, client)), verdictCell(step)],
        ]),
    ),
)}
</section>
`;
}

/** How many steps agree, in one sentence. */
export function overallText(steps: readonly ReportedStep[]): string {
    const verdicts = steps.map(({ verification }) => verdictOf(verification));
    const wrong = verdicts.filter((verdict) => verdict === "disagrees").length;
    const open = verdicts.filter(
        (verdict) => verdict !== "disagrees" && verdict !== "agrees",
    ).length;
    const of = `of ${steps.length} steps`;
    if (wrong + open === 0) {
        return `In all ${steps.length} steps the answers agree with the rule.`;
    }
    return [
        ...(wrong > 0 ? [`In ${wrong} ${of} the answers disagree with the rule.`] : []),
        ...(open > 0 ? [`${open} ${of} prove nothing.`] : []),
    ].join(" ");
}

function distinct(
    steps: readonly ReportedStep[],
    namesOf: (verification: Verification) => readonly string[],
): string[] {
    return [...new Set(steps.flatMap(({ verification }) => namesOf(verification)))];
}

/** The title heads the step's row across its whole width: beside the answers it would be too narrow. */
function titleCell(step: ReportedStep, number: number, columns: number): Markup {
    const link = markup`<a href="#step-${number}">${stepTitle(step)}</a>`;
    return markup`<th scope="rowgroup" colspan="${columns}">${number}. ${link}</th>`;
}

function clientCell({ verification }: ReportedStep, name: string): Markup {
    const results = verification.clients.filter((result) => result.client === name);
    // Of several pods of a cluster the one counts that found something wrong.
    const client = results.find(({ agrees }) => !agrees) ?? results[0];
    if (client === undefined) {
        return markup`<td>did not ask</td>`;
    }
    const clusters = verification.sides.map(({ cluster }) => cluster);
    return markup`<td>${answeringText(answered(client))}${remarks(client)}
<div class="track small">${client.answers.map(({ cluster, share }) =>
        barPart(share, clusterClass(cluster, clusters)),
    )}${barPart(failedShare(client), "failed")}</div></td>`;
}

function remarks(client: ClientResult): Content {
    const { expected, failed, unclear, requests, agrees } = client;
    return [
        ...(failed > 0 ? [`${failed} of ${requests} failed`] : []),
        ...(unclear > 0 ? [`${unclear} of ${requests} unclear`] : []),
        ...(agrees ? [] : [`expected: ${expectedText(expected)}`]),
    ].map((remark) => markup` <span class="note">${remark}</span>`);
}

function verdictCell({ verification }: ReportedStep): Markup {
    return markup`<td>${verdictBadge(verdictOf(verification))} <span class="note">after ${secondsText(verification.seconds)}</span></td>`;
}
