import { Verification } from "./result";

/**
 * What comes of a proof as a whole:
 *
 * - `agrees`: every client agrees that could be asked, and those that could not are meant to be away;
 * - `unasked`: one that should have been asked could not be, so nobody knows;
 * - `disagrees`: a client got other answers than the rule says;
 * - `other-settings`: all answers are as the rule says, for other settings than those that were announced.
 */
export type Verdict = "agrees" | "unasked" | "disagrees" | "other-settings";

/** The verdict of a proof. It disagrees only where a client does. */
export function verdictOf({ clients, unasked, agrees }: Verification): Verdict {
    if (agrees) {
        return "agrees";
    }
    if (unasked.some(({ isMeant }) => !isMeant)) {
        return "unasked";
    }
    return clients.every((client) => client.agrees) ? "other-settings" : "disagrees";
}

/** A verdict as few words. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
    agrees: "agrees",
    unasked: "no verdict",
    disagrees: "disagrees",
    "other-settings": "other settings",
};

/** The clusters that should have been asked and could not be, each once. */
export function missingClients({ unasked }: Verification): string[] {
    return [...new Set(unasked.filter(({ isMeant }) => !isMeant).map(({ client }) => client))];
}
