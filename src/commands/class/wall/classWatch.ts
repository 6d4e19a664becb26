import { setTimeout as sleep } from "node:timers/promises";
import { Student } from "../studentsFile";
import { askInTurn } from "./asking";
import { Asked, Check, LabFacts, checkAfter } from "./facts";
import { Tile, isAskable, tileOf } from "./tile";

/** What a watch of a class works with; tests hand in their own. */
export interface ClassEdges {
    readonly students: readonly Student[];
    /** What is known of every lab now, by its stack, without asking its clusters. */
    readonly readFacts: () => Promise<ReadonlyMap<string, LabFacts>>;
    /** Asks a lab's clients once; says so itself if nobody can be asked. */
    readonly ask: (stack: string) => Promise<Asked>;
    readonly now: () => number;
}

/** A student and what the wall shows. */
export interface StudentTile extends Pick<Student, "name" | "stack"> {
    /** Undefined before the first look. */
    readonly tile: Tile | undefined;
}

/** Milliseconds between two looks at files and engine. */
const lookEveryMs = 2_000;

/**
 * Looks at the labs of a class while somebody looks at it: at this machine's files and engine every two seconds, and at
 * the clusters of one lab after the other.
 */
export class ClassWatch {
    private readonly viewers = new Set<object>();
    private running: AbortController | undefined;
    private ends: Promise<unknown> = Promise.resolve();
    private facts: ReadonlyMap<string, LabFacts> = new Map();
    private readonly checks = new Map<string, Check>();

    constructor(private readonly edges: ClassEdges) {}

    /** Begins with the first who looks. */
    start(viewer: object): void {
        this.viewers.add(viewer);
        if (this.running === undefined) {
            this.running = new AbortController();
            const { signal } = this.running;
            const edges = {
                row: () => this.row(),
                ask: (stack: string) => this.ask(stack),
                now: this.edges.now,
            };
            this.ends = Promise.all([this.ends, this.look(signal), askInTurn(edges, signal)]);
        }
    }

    /** Ends with the last who looked. Resolves when it has ended. */
    async stop(viewer: object): Promise<void> {
        this.viewers.delete(viewer);
        if (this.viewers.size === 0) {
            this.running?.abort();
            this.running = undefined;
            await this.ends;
        }
    }

    /** What the wall shows now, in the order of the file. */
    get tiles(): readonly StudentTile[] {
        const now = this.edges.now();
        return this.edges.students.map(({ name, stack }) => {
            const facts = this.facts.get(stack);
            return { name, stack, tile: facts && tileOf(facts, this.checks.get(stack), now) };
        });
    }

    private row() {
        return this.edges.students.map(({ stack }) => {
            const facts = this.facts.get(stack);
            const askedAt = this.checks.get(stack)?.at;
            return { stack, isAskable: facts !== undefined && isAskable(facts), askedAt };
        });
    }

    private async ask(stack: string): Promise<void> {
        const asked = await this.edges.ask(stack);
        this.checks.set(stack, checkAfter(this.checks.get(stack), asked, this.edges.now()));
    }

    private async look(signal: AbortSignal): Promise<void> {
        while (!signal.aborted) {
            this.facts = await this.edges.readFacts();
            await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
        }
    }
}
