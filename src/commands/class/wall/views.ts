import { markup } from "../../../proof/report/markup";
import { View } from "../../board/pages";
import { Regions, written } from "../../board/regions";
import { ClassWatch } from "./classWatch";
import { wholeTile, wallRegions } from "./page";

/** The wall: all labs of a class. */
export class WallView implements View {
    constructor(
        private readonly watch: ClassWatch,
        private readonly now: () => number,
    ) {}

    start(): void {
        this.watch.start(this);
    }

    stop(): Promise<void> {
        return this.watch.stop(this);
    }

    regions(): Regions {
        return wallRegions(this.watch.tiles, this.now());
    }
}

/** Labs whose clusters may be looked at and have each other asked all the time, because somebody has opened their page. */
export const mostLive = 4;

/** The places for labs that are live; whoever has none waits until one is free. */
export class Places {
    private readonly taken = new Set<object>();

    /** Whether this one has a place; it takes one if it can. */
    take(view: object): boolean {
        if (this.taken.size < mostLive) {
            this.taken.add(view);
        }
        return this.taken.has(view);
    }

    /** Gives a place up. */
    leave(view: object): void {
        this.taken.delete(view);
    }
}

/** What a student's page works with. */
export interface StudentEdges {
    readonly stack: string;
    readonly watch: ClassWatch;
    /** The student's own board. */
    readonly board: View;
    readonly places: Places;
    readonly now: () => number;
}

/** A student's lab: what the wall says of it, and its own board. */
export class StudentView implements View {
    private isOpen = false;
    private isLive = false;

    constructor(private readonly edges: StudentEdges) {}

    start(): void {
        this.isOpen = true;
        this.edges.watch.start(this);
        this.goLive();
    }

    async stop(): Promise<void> {
        const { watch, board, places } = this.edges;
        this.isOpen = false;
        this.isLive = false;
        await Promise.all([watch.stop(this), board.stop()]);
        // Somebody may have opened it again meanwhile.
        if (!this.isLive) {
            places.leave(this);
        }
    }

    regions(minutes: number): Regions {
        const { stack, watch, board, now } = this.edges;
        this.goLive();
        const tile = watch.tiles.find((one) => one.stack === stack)?.tile;
        const lab = tile && wholeTile(tile, now());
        const wait = markup`<p class="quiet">${mostLive} other labs are looked at already; this one follows when one of their pages is closed.</p>\n`;
        return {
            ...(this.isLive ? board.regions(minutes) : written({ status: wait })),
            ...written({ lab }),
        };
    }

    private goLive(): void {
        const { board, places } = this.edges;
        if (this.isOpen && !this.isLive && places.take(this)) {
            this.isLive = true;
            board.start();
        }
    }
}
