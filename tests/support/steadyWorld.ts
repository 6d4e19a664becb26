import { LabConfig } from "../../src/config/labConfig";
import { phasesOf } from "../../src/lab/outage";
import { sidesOf } from "../../src/lab/sides";
import { Answer, Side, dropping } from "../../src/lab/whoAnswers";
import { Time } from "../../src/machine/poll";
import { Request } from "../../src/proof/experiment/statistics";
import { requestEveryMs } from "../../src/proof/experiment/steady";

/** How slow a {@link SteadyWorld} is, in milliseconds. */
export interface Delays {
    /** From a change to its effect on requests. */
    readonly arrivalMs?: number;
    /** From an outage to the end of a TTL. */
    readonly revokedMs?: number;
}

/** A config, from when on it holds, and what the rule says of it. */
interface State {
    readonly at: number;
    readonly phases: ReturnType<typeof phasesOf>;
}

/** A lab in which every cluster asks ten times a second, and answers as the rule says of the config of that moment. */
export class SteadyWorld {
    private now = 1_000_000;
    private asked = this.now;
    private readonly states: State[];
    /** All requests so far of the clusters that ask. */
    readonly requests: Request[] = [];
    /** Clusters that ask; all of them until somebody says otherwise. */
    clients: readonly string[];
    /** Called after each sleep. */
    onSleep: () => void = () => undefined;

    constructor(
        config: LabConfig,
        private readonly delays: Delays = {},
    ) {
        this.states = [stateOf(0, config)];
        this.clients = config.clusters.map(({ name }) => name);
    }

    /** Somebody changes the lab now. */
    change(config: LabConfig): void {
        this.states.push(stateOf(this.now, config));
    }

    readonly time: Time = {
        now: () => this.now,
        sleep: (ms) => {
            this.now += ms;
            for (; this.asked < this.now; this.asked += requestEveryMs) {
                this.clients.forEach((client) => this.ask(client, this.asked));
            }
            this.onSleep();
            return Promise.resolve();
        },
    };

    private ask(client: string, at: number): void {
        const { arrivalMs = 0, revokedMs = 0 } = this.delays;
        const state = this.states.findLast((one) => one.at + arrivalMs <= at) ?? this.states[0]!;
        const { before, end } = state.phases;
        const isKept = before !== undefined && at < state.at + revokedMs;
        const { sides, answers } = isKept ? before : end;
        const answer = answers.find((one) => one.client === client)!;
        const backend = this.backend(answer, sides, at);
        this.requests.push(
            backend === undefined
                ? { client, at, kind: "failed", milliseconds: 3_000, timedOut: true }
                : { client, at, kind: "answered", cluster: backend, milliseconds: 4 },
        );
    }

    /** In turn over all backends that the load balancer knows; undefined of one that does not answer. */
    private backend(answer: Answer, sides: readonly Side[], at: number): string | undefined {
        const drops = dropping(answer);
        const backends = sides
            .filter(({ cluster }) => [...answer.answering, ...drops].includes(cluster))
            .flatMap(({ cluster, backends: count }) => Array<string>(count).fill(cluster));
        const picked = backends[(at / requestEveryMs) % (backends.length || 1)];
        return picked !== undefined && drops.includes(picked) ? undefined : picked;
    }
}

function stateOf(at: number, config: LabConfig): State {
    return { at, phases: phasesOf(sidesOf(config), config) };
}
