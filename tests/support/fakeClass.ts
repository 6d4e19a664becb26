import { BoardServer, serve } from "../../src/commands/board/server";
import { studentStack } from "../../src/commands/class/studentStack";
import { Student } from "../../src/commands/class/studentsFile";
import { Asked, LabFacts } from "../../src/commands/class/wall/facts";
import { classSite } from "../../src/commands/class/wall/site";
import { FakeLab } from "./fakeLab";

/** What is known of a lab that is up and that nobody works on, changed. */
export function labFacts(changes: Partial<LabFacts> = {}): LabFacts {
    return {
        clusters: [
            { cluster: "cluster1", state: "running", isMeantAway: false },
            { cluster: "cluster2", state: "running", isMeantAway: false },
        ],
        worker: undefined,
        makesClusters: false,
        news: undefined,
        outcome: undefined,
        wasMade: true,
        trouble: undefined,
        learned: { exercise: "baseline", guesses: 0, right: 0, steps: 0 },
        arrivesWithinMs: 0,
        ...changes,
    };
}

/** The clusters of a lab, all in that state. */
export function clustersThatAre(
    state: LabFacts["clusters"][number]["state"],
): LabFacts["clusters"] {
    return labFacts().clusters.map((one) => ({ ...one, state }));
}

/** What came of asking a lab whose requests get what the rule says. */
export const agrees: Asked = { verdict: "agrees", why: undefined, byHand: [], lacking: [] };

/** A student's lab as the test has it. */
export interface FakeStudent {
    readonly name: string;
    facts: LabFacts;
    asked: Asked;
    readonly lab: FakeLab;
}

/** A class that exists in this process alone. */
export class FakeClass {
    readonly students: readonly FakeStudent[];
    /** Stacks in the order in which they were asked. */
    readonly asked: string[] = [];
    /** Looks at files and engine. */
    looks = 0;
    /** Added to the clock, in milliseconds. */
    later = 0;

    constructor(students: readonly (Partial<FakeStudent> & Pick<FakeStudent, "name">)[]) {
        this.students = students.map((one) => ({
            facts: labFacts(),
            asked: agrees,
            lab: new FakeLab(),
            ...one,
        }));
    }

    /** The student of that name. */
    of(name: string): FakeStudent {
        return this.students.find((one) => one.name === name)!;
    }

    /** Serves the wall of it. */
    serve(): Promise<BoardServer> {
        const students: readonly Student[] = this.students.map(({ name }) => ({
            name,
            stack: studentStack(name),
            config: {},
        }));
        const byStack = new Map(students.map(({ stack, name }) => [stack, this.of(name)]));
        const site = classSite({
            students,
            file: "students.yaml",
            readFacts: () => {
                this.looks += 1;
                return Promise.resolve(
                    new Map([...byStack].map(([stack, { facts }]) => [stack, facts])),
                );
            },
            ask: (stack) => {
                this.asked.push(stack);
                return Promise.resolve(byStack.get(stack)!.asked);
            },
            boardOf: ({ stack }) => byStack.get(stack)!.lab.board({ isReadOnly: true, stack }),
            now: () => Date.now() + this.later,
        });
        return serve(site, 0);
    }
}

const minute = 60_000;

/** A class with something of everything; most of it well. */
export function mixedClass(size: number): FakeClass {
    const names = [
        "Ada Lovelace",
        "李雷",
        "Maximiliane von Hohenstein-Großschönau",
        "Bo",
        "فاطمة الزهراء",
        "Grace Hopper",
        "José Ángel Ñuño",
        "Donaudampfschifffahrtsgesellschaftskapitän",
    ];
    const now = Date.now();
    const well = { exercise: "exercise not-shared", guesses: 6, right: 4, steps: 5 };
    const kinds: readonly Partial<FakeStudent>[] = [
        { facts: labFacts({ learned: well }) },
        {
            facts: labFacts({
                clusters: clustersThatAre("missing"),
                worker: { what: "npm run class -- up", since: now - 5 * minute },
                news: {
                    text: "cluster1: waiting for coredns 0 of 2; cluster2: waiting for cluster1 to connect",
                    at: now - 4 * minute,
                    isFailure: false,
                },
            }),
        },
        {
            facts: labFacts({
                learned: { ...well, exercise: "tour: Affinity remote without remote backends" },
            }),
            asked: {
                verdict: "disagrees",
                why: "cluster2 asks: cluster1 must not answer, but did: 66 times.",
                byHand: ["sharedService is false in the config and true live"],
                lacking: [],
            },
        },
        {
            facts: labFacts({ learned: { ...well, steps: 0, exercise: "baseline" } }),
            asked: {
                verdict: "unasked",
                why: "cluster2 cannot be asked: no x-wing pod is ready",
                byHand: [],
                lacking: [],
            },
        },
        {
            facts: labFacts({
                news: {
                    text: "cluster1 is stuck: rebel-base-7d (rebel-base) in default: ImagePullBackOff: <b>no such image</b> Last warning: Failed to pull image registry.example/rebel:9: not found",
                    at: now - 12 * minute,
                    isFailure: true,
                },
            }),
            asked: { verdict: "unasked", why: "cluster1 cannot be asked", byHand: [], lacking: [] },
        },
        {
            facts: labFacts({
                clusters: clustersThatAre("missing"),
                worker: { what: "npm run up", since: now - 40_000 },
                makesClusters: true,
                news: {
                    text: "cluster1: Preparing nodes: done",
                    at: now - 20_000,
                    isFailure: false,
                },
            }),
        },
        { facts: labFacts({ clusters: clustersThatAre("missing"), wasMade: false }) },
        { facts: labFacts({ clusters: clustersThatAre("stopped") }) },
    ];
    return new FakeClass(
        Array.from({ length: size }, (_, i) => ({
            // Nine of ten of a real class are well.
            ...(i < kinds.length ? kinds[i] : kinds[i % 11 === 0 ? 2 : 0]),
            name: i < names.length ? names[i]! : `Student ${i + 1}`,
        })),
    );
}
