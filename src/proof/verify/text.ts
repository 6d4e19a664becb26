import { visible } from "../../config/problem";
import { differenceText } from "../../lab/sides";
import { Side } from "../../lab/whoAnswers";
import { expectedText, listText, reasonsText } from "../../lab/wording";
import { textTable } from "../../machine/terminal";
import { certificateText, renewalCommand } from "../../mesh/cilium/certificates";
import { ClientResult, UnaskedClient, Verification } from "./result";
import { missingClients, verdictOf } from "./verdict";

/** A proof as text for a terminal: a row for each client and cluster, the verdict, what differs. */
export function verificationText(verification: Verification): string {
    const { sides, clients, unasked, differences, drift } = verification;
    const header = [
        "asked from",
        ...sides.map(({ cluster }) => `${cluster} answered`),
        "failed",
        "must answer",
        "verdict",
    ];
    const rows = sides.flatMap(({ cluster }) => [
        ...clients.filter(({ client }) => client === cluster).map((one) => clientRow(one, clients)),
        ...unasked
            .filter(({ client }) => client === cluster)
            .map(() => [cluster, ...sides.map(() => "-"), "-", "-", "not asked"]),
    ]);
    const answers = new Map(clients.map(({ expected }) => [expected.client, expected]));
    const reasons = [...answers.values()].flatMap((expected) =>
        reasonsText(expected).map((reason) => `  ${expected.client} asks: ${reason}`),
    );
    const paragraph = (title: string, lines: readonly string[]) =>
        lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
    return [
        ...textTable([header, ...rows]),
        ...(reasons.length === 0 ? [] : ["", "Why not the others:", ...reasons]),
        ...paragraph("What contradicts the rule:", clients.flatMap(oddities)),
        ...paragraph("Not asked:", unasked.map(unaskedText)),
        ...paragraph("Backends that are not ready:", sides.flatMap(lackingText)),
        ...paragraph("Changed by hand (the live objects count):", differences.map(differenceText)),
        ...paragraph("Not as the stack made it:", drift),
        ...(differences.length + drift.length === 0
            ? []
            : ["", "npm run up reconciles all of this with the config."]),
        ...paragraph("Certificates of the mesh:", certificateLines(verification)),
        "",
        verdictText(verification),
    ]
        .map(visible)
        .join("\n");
}

/** What the numbers of a row do not say by themselves. */
function oddities(client: ClientResult): string[] {
    const { failed, leastFailures, mostFailures, requests, unclear } = client;
    const bounds = `between ${leastFailures} and ${mostFailures}`;
    return [
        ...(unclear === 0
            ? []
            : [
                  `${clientText(client)}: ${unclear} of ${requests} requests were answered by something else than a rebel-base, cut off, or found no name`,
              ]),
        ...(leastFailures < mostFailures && (failed < leastFailures || failed > mostFailures)
            ? [
                  `${clientText(client)}: ${failed} of ${requests} requests failed, ${bounds} would fit`,
              ]
            : []),
    ];
}

/**
 * The mesh's certificates that end soon or have ended, a line each, and what to do about it; no line where there are
 * none. One that has ended may be why requests and rule disagree: no new connection is made with it.
 */
export function certificateLines({ certificates, agrees }: Verification): string[] {
    if (certificates.length === 0) {
        return [];
    }
    const hasEnded = certificates.some((one) => one.hasEnded);
    return [
        ...certificates.map(certificateText),
        ...(hasEnded && !agrees
            ? [
                  "Clusters cannot connect with an expired certificate: this may be why they disagree.",
              ]
            : []),
        `${renewalCommand} replaces all of them.`,
    ];
}

/** Why a client was not asked, in words. */
export function unaskedText({ client, reason, isMeant }: UnaskedClient): string {
    return isMeant ? `${client} is meant to be down: ${reason}` : `${client}: ${reason}`;
}

/** That a cluster has not all the backends that its Deployment asks for. */
/** That some of a cluster's backends are not ready, as a line; no line where all are. */
export function lackingText({ cluster, backends, ready = backends }: Side): string[] {
    return ready === backends ? [] : [`${cluster}: ${ready} of ${backends} backends are ready`];
}

/** The last line: what came of it as a whole, and how long it took. */
function verdictText(verification: Verification): string {
    const { seconds, rounds } = verification;
    const time = `${seconds.toFixed(1)} s, ${rounds} ${rounds === 1 ? "round" : "rounds"} of requests`;
    switch (verdictOf(verification)) {
        case "agrees":
            return `Requests and rule agree (after ${time}).`;
        case "unasked":
            return `No verdict: ${listText(missingClients(verification))} could not be asked (given up after ${time}).`;
        case "disagrees":
            return `Requests and rule DISAGREE (given up after ${time}).`;
        case "other-settings":
            return `Requests and rule agree, but not for the settings that were announced (after ${time}).`;
    }
}

/** Who asked: the cluster, and the node where several of its pods did. */
function clientText({ client, node }: ClientResult): string {
    return node === undefined ? client : `${client} (${node})`;
}

function clientRow(result: ClientResult, clients: readonly ClientResult[]): string[] {
    const { client, answers, requests, failed, expected, agrees } = result;
    const isAlone = clients.filter((other) => other.client === client).length === 1;
    return [
        isAlone ? client : clientText(result),
        ...answers.map(({ count, share, medianMs }) =>
            count === 0
                ? "-"
                : `${count} of ${requests} (${Math.round(share * 100)} %, ${medianMs!.toFixed(1)} ms)`,
        ),
        failed === 0 ? "-" : `${failed} of ${requests}`,
        expectedText(expected),
        agrees ? "agrees" : "DISAGREES",
    ];
}
