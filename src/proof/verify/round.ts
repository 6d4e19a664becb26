import { partsOf } from "../../lab/parts";
import { Answer, Side, dropping, whoAnswers } from "../../lab/whoAnswers";
import { askFrom } from "./ask";
import { LiveCluster, Outages, firstLine } from "./liveMesh";
import { ClientResult, UnaskedClient } from "./result";
import { Sample, judgementSample, lookSample } from "./statistics";

/** What the clients of a mesh got. */
export interface Round {
    readonly clients: readonly ClientResult[];
    readonly unasked: readonly UnaskedClient[];
}

/** What to ask, of whom. */
export interface RoundArgs {
    /** What the API servers say. */
    readonly live: readonly LiveCluster[];
    /** The mesh that the rule is applied to, in the same order. */
    readonly sides: readonly Side[];
    readonly outages: Outages;
}

/** Asks little from every client, to see whether a judgement is worth while. */
export function look(args: RoundArgs): Promise<Round> {
    return ask(args, (answer) => lookSample(partsOf(answer, args.sides)));
}

/** Asks from every client as much as the `judgement`th judgement of a verdict takes. */
export function judge(args: RoundArgs, judgement: number): Promise<Round> {
    const askers = args.live.flatMap((live) => ("side" in live ? live.askers : [])).length;
    return ask(args, (answer) =>
        judgementSample(partsOf(answer, args.sides), Math.max(1, askers), judgement),
    );
}

async function ask(args: RoundArgs, sampleOf: (answer: Answer) => Sample): Promise<Round> {
    const answers = whoAnswers(args.sides);
    const rounds = await Promise.all(
        args.live.map((live, index) => askCluster(args, live, answers[index]!, sampleOf)),
    );
    return joined(rounds);
}

function joined(rounds: readonly Round[]): Round {
    return {
        clients: rounds.flatMap(({ clients }) => clients),
        unasked: rounds.flatMap(({ unasked }) => unasked),
    };
}

async function askCluster(
    { sides, outages }: RoundArgs,
    live: LiveCluster,
    expected: Answer,
    sampleOf: (answer: Answer) => Sample,
): Promise<Round> {
    const client = live.cluster;
    if ("silence" in live) {
        return notAsked({ client, reason: live.silence, isMeant: outages[client] !== undefined });
    }
    const unclear = unclearPolicy(expected, sides);
    if (unclear !== undefined) {
        return notAsked({ client, reason: unclear, isMeant: false, isLasting: true });
    }
    if (live.askers.length === 0) {
        return notAsked({ client, reason: `no x-wing pod is ready in ${client}`, isMeant: false });
    }
    const clusters = sides.map(({ cluster }) => cluster);
    const sample = sampleOf(expected);
    const rounds = live.askers.map((asker) =>
        askFrom({ api: live.api, asker, expected, clusters, sample }).then(
            (result): Round => ({ clients: [result], unasked: [] }),
            (error: Error) => {
                const reason = `${asker.pod} in ${client}: ${firstLine(error)}`;
                return notAsked({ client, pod: asker.pod, reason, isMeant: false });
            },
        ),
    );
    return joined(await Promise.all(rounds));
}

function notAsked(client: UnaskedClient): Round {
    return { clients: [], unasked: [client] };
}

/** Why nobody can say what must come of a client's requests: a policy where they end up cannot be judged. */
export function unclearPolicy(expected: Answer, sides: readonly Side[]): string | undefined {
    const ends = [...expected.answering, ...dropping(expected)];
    const side = sides.find(
        ({ cluster, unclearPolicy: reason }) => reason !== undefined && ends.includes(cluster),
    );
    return side && `the network policy in ${side.cluster} cannot be judged: ${side.unclearPolicy}`;
}
