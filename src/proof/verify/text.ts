import { differenceText } from "../../lab/sides";
import { expectedText, reasonsText } from "../../lab/wording";
import { textTable } from "../../machine/terminal";
import { ClientResult, Verification } from "./result";

/** A proof as text for a terminal: a row for each client and cluster, the verdict, what differs. */
export function verificationText(verification: Verification): string {
    const { sides, clients, differences, drift, seconds, agrees, rounds } = verification;
    const rows = [
        [
            "asked from",
            ...sides.map(({ cluster }) => `${cluster} answered`),
            "failed",
            "must answer",
            "verdict",
        ],
        ...clients.map(clientRow),
    ];
    const reasons = clients.flatMap(({ expected }) =>
        reasonsText(expected).map((reason) => `  ${expected.client} asks: ${reason}`),
    );
    const time = `${seconds.toFixed(1)} s, ${rounds} ${rounds === 1 ? "round" : "rounds"} of requests`;
    return [
        ...textTable(rows),
        ...(reasons.length === 0 ? [] : ["", "Why not the others:", ...reasons]),
        ...(differences.length === 0
            ? []
            : [
                  "",
                  "Changed by hand (the live objects count):",
                  ...differences.map((difference) => `  ${differenceText(difference)}`),
              ]),
        ...(drift.length === 0
            ? []
            : ["", "Not as the stack made it:", ...drift.map((line) => `  ${line}`)]),
        ...(differences.length + drift.length === 0
            ? []
            : ["", "npm run up brings all of this in line with the config."]),
        "",
        agrees
            ? `Requests and rule agree (after ${time}).`
            : `Requests and rule DISAGREE (given up after ${time}).`,
    ].join("\n");
}

function clientRow(client: ClientResult): string[] {
    const { answers, requests, failed, expected, agrees } = client;
    return [
        expected.client,
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
