import { dropping } from "../../lab/whoAnswers";
import { answeringText, expectedText, reasonsText } from "../../lab/wording";
import { ClientResult, ClusterAnswers } from "../verify/result";
import { countText, millisecondsText, percentText } from "./format";
import { Content, Markup, markup } from "./markup";
import { barPart, clusterClass, verdictBadge } from "./parts";

/** The clusters that answered at least once. */
export function answered(client: ClientResult): string[] {
    return client.answers.filter(({ count }) => count > 0).map(({ cluster }) => cluster);
}

/** Part of the requests that nobody answered, 0 to 1. */
export function failedShare(client: ClientResult): number {
    return client.requests === 0 ? 0 : client.failed / client.requests;
}

/** What contradicts the rule, one sentence each; empty where nothing does. */
export function contradictions(client: ClientResult): string[] {
    const { answering } = client.expected;
    return [
        ...client.answers
            .filter(({ cluster, count }) => count === 0 && answering.includes(cluster))
            .map(({ cluster }) => `${cluster} must answer, but did not.`),
        ...client.answers
            .filter(({ cluster, count }) => count > 0 && !answering.includes(cluster))
            .map(({ cluster, count }) => `${cluster} must not answer, but did: ${times(count)}.`),
        ...failures(client),
        ...(client.unclear > 0
            ? [
                  `${client.unclear} of ${client.requests} requests prove nothing: something else than a rebel-base answered, they were cut off, or found no name.`,
              ]
            : []),
    ];
}

function failures(client: ClientResult): string[] {
    const { expected, failed, requests, leastFailures, mostFailures } = client;
    const dropped = dropping(expected).join(" and ");
    if (failed >= leastFailures && failed <= mostFailures) {
        return [];
    }
    if (failed === 0 && dropped !== "") {
        return [`What is balanced to ${dropped} must time out, but no request failed.`];
    }
    if (mostFailures === 0) {
        return [`No request may fail, but ${failed} of ${requests} did.`];
    }
    return leastFailures < mostFailures
        ? [
              `What is balanced to ${dropped} must time out, which fits between ${leastFailures} and ${mostFailures} failures, but ${failed} of ${requests} requests failed.`,
          ]
        : [];
}

/**
 * What the clients of one cluster asked and got, and what they must get.
 *
 * @param when When its requests were, after their number, where that is not told elsewhere: ` of the last 5 seconds`.
 * @param badge What stands for the verdict, where there is none yet.
 */
export function clientSection(
    client: ClientResult,
    clusters: readonly string[],
    when = "",
    badge = verdictBadge(client.agrees ? "agrees" : "disagrees"),
): Markup {
    const reasons = reasonsText(client.expected);
    const wrong = contradictions(client);
    const why = client.expected.answering.length > 0 ? "Why not the others" : "Why nobody";
    return markup`<section class="client">
<h4>${client.client} asks ${badge}</h4>
<p class="quiet">${countText(client.requests, "request")}${when} from <code>${client.pod}</code>${client.node === undefined ? undefined : markup` on <code>${client.node}</code>`}</p>
<ul class="bars" role="list">
${client.answers.map((answers) => clusterRow(answers, client, clusters))}${failedRow(client)}${unclearRow(client)}</ul>
<dl class="outcome">
<div><dt>Expected</dt><dd>${expectedText(client.expected)}</dd></div>
<div><dt>Answered</dt><dd>${answeringText(answered(client))}</dd></div>
${listed(why, reasons)}${listed("What disagrees", wrong, "wrong")}</dl>
</section>
`;
}

function clusterRow(
    { cluster, count, share, medianMs, p95Ms }: ClusterAnswers,
    client: ClientResult,
    clusters: readonly string[],
): Markup {
    const isExpected = client.expected.answering.includes(cluster);
    const hasAnswered = count > 0;
    return row({
        name: cluster,
        className: clusterClass(cluster, clusters),
        expectation: isExpected && !hasAnswered ? "missing" : expectationText(isExpected),
        isWrong: hasAnswered !== isExpected,
        count,
        share,
        requests: client.requests,
        detail: hasAnswered
            ? `median ${millisecondsText(medianMs)}, p95 ${millisecondsText(p95Ms)}`
            : "no answer",
    });
}

function failedRow(client: ClientResult): Markup {
    const { failed, leastFailures, mostFailures } = client;
    const isMissing = leastFailures > 0 && failed === 0;
    return row({
        name: "failed",
        className: "failed",
        expectation: isMissing ? "missing" : expectationText(mostFailures > 0),
        isWrong: failed < leastFailures || failed > mostFailures,
        count: failed,
        share: failedShare(client),
        requests: client.requests,
        detail: "refused or timed out",
    });
}

function unclearRow(client: ClientResult): Content {
    const { unclear, requests } = client;
    return unclear === 0
        ? undefined
        : row({
              name: "unclear",
              className: "failed",
              expectation: expectationText(false),
              isWrong: true,
              count: unclear,
              share: unclear / requests,
              requests,
              detail: "answered by something else than a rebel-base, cut off, or without a name",
          });
}

function expectationText(isExpected: boolean): string {
    return isExpected ? "expected" : "not expected";
}

interface Row {
    readonly name: string;
    readonly className: string;
    readonly expectation: string;
    readonly isWrong: boolean;
    readonly count: number;
    readonly share: number;
    readonly requests: number;
    readonly detail: string;
}

function row({
    name,
    className,
    expectation,
    isWrong,
    count,
    share,
    requests,
    detail,
}: Row): Markup {
    const sign = isWrong ? markup`<span aria-hidden="true">✗</span> ` : undefined;
    return markup`<li${isWrong ? markup` class="wrong"` : undefined}>
<p class="label"><b>${name}</b> <span class="tag">${sign}${expectation}</span>
<span class="count">${count} of ${requests}</span> <span class="share">${percentText(share)}</span></p>
<div class="track">${barPart(share, className)}</div>
<p class="detail">${detail}</p>
</li>
`;
}

function listed(term: string, texts: readonly string[], className = "reasons"): Content {
    return texts.length === 0
        ? undefined
        : markup`<div class="${className}"><dt>${term}</dt>${texts.map((text) => markup`<dd>${text}</dd>`)}</div>
`;
}

function times(count: number): string {
    return count === 1 ? "once" : `${count} times`;
}
