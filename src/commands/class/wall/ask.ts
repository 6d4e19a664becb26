import { setTimeout as sleep } from "node:timers/promises";
import { ClusterName } from "../../../config/labConfig";
import { printable } from "../../../config/problem";
import { differenceText } from "../../../lab/sides";
import { Runner, run } from "../../../machine/run";
import { connectOnce } from "../../../mesh/kube/clusterApi";
import { readKubeconfig } from "../../../mesh/kube/kubeconfig";
import { contradictions } from "../../../proof/report/client";
import { Verification } from "../../../proof/verify/result";
import { lackingText } from "../../../proof/verify/text";
import { verdictOf } from "../../../proof/verify/verdict";
import { LabStack } from "../../../stack/home";
import { verifyStack } from "../../../stack/prove";
import { told } from "../../told";
import { Asked } from "./facts";

/** Longest time that a lab is waited for, in milliseconds; the next one's turn comes then. */
const askWithinMs = 60_000;

/**
 * Asks a lab's clients once, as `npm run verify -- --within 0` does, and writes nothing. Connections are kept.
 *
 * @param runner Runs the container engine's program, which is asked why nobody answers.
 */
export function askingLabs(runner: Runner = run): (stack: string) => Promise<Asked> {
    const proving = { find: keptKubeconfig, connectTo: connectOnce(), runner };
    return async (stack) => {
        const late = new AbortController();
        try {
            return await Promise.race([
                verifyStack(new LabStack(stack), 0, proving).then(askedOf),
                sleep(askWithinMs, unasked(`no answer within ${askWithinMs / 1000} s`), {
                    signal: late.signal,
                }),
            ]);
        } catch (error) {
            return unasked(told(error));
        } finally {
            late.abort();
        }
    };
}

/** What a proof means for the wall. */
export function askedOf(verification: Verification): Asked {
    const { clients, unasked: missing, differences, sides } = verification;
    const seen = {
        byHand: differences.map(differenceText),
        lacking: sides.flatMap(lackingText),
    };
    switch (verdictOf(verification)) {
        case "agrees":
            return { verdict: "agrees", why: undefined, ...seen };
        case "unasked": {
            const reasons = missing
                .filter(({ isMeant }) => !isMeant)
                .map(({ client, reason }) => `${client} cannot be asked: ${printable(reason)}`);
            return { ...unasked([...new Set(reasons)].join("; ")), ...seen };
        }
        default: {
            const wrong = clients
                .filter(({ agrees }) => !agrees)
                .map((client) => `${client.client} asks: ${contradictions(client).join(" ")}`);
            return { verdict: "disagrees", why: [...new Set(wrong)].join(" "), ...seen };
        }
    }
}

function unasked(why: string): Asked {
    return { verdict: "unasked", why: printable(why), byHand: [], lacking: [] };
}

/** Nothing is rewritten by whoever only looks. */
function keptKubeconfig({ name }: LabStack, cluster: ClusterName): Promise<string> {
    const kept = readKubeconfig(name, cluster);
    return kept === undefined
        ? Promise.reject(new Error("its kubeconfig is lost; npm run up writes it again"))
        : Promise.resolve(kept);
}
