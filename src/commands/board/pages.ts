import { ServerResponse } from "node:http";
import { markup } from "../../proof/report/markup";
import { told } from "../told";
import { Regions } from "./regions";

/** What pages show, and what is to be done for it while there is one. */
export interface View {
    /** Every region as it is now. */
    readonly regions: (minutes: number) => Regions;
    /** Somebody looks; nothing if somebody did already. */
    readonly start: () => void;
    /** Nobody looks any more. Resolves when nothing is done any more. */
    readonly stop: () => Promise<void>;
}

/** Milliseconds between two looks at what the pages show. */
const tickMs = 500;

/** Milliseconds after the last page has gone until nothing is looked at and asked any more. */
const leaveMs = 5_000;

/** Bytes that a page may be behind; one that is more behind is left out until it has caught up. */
const mostBehind = 1_000_000;

interface OpenPage {
    readonly response: ServerResponse;
    readonly minutes: number;
    sent: Regions;
}

/**
 * The pages that are open. Each gets every region that has changed as a server-sent event; what they show is
 * looked at only while there is one.
 */
export class Pages {
    private readonly pages = new Set<OpenPage>();
    private timer: NodeJS.Timeout | undefined;
    private leaving: NodeJS.Timeout | undefined;

    constructor(private readonly view: View) {}

    /** Takes a response for the events of a page, until the page goes. */
    open(response: ServerResponse, minutes: number): void {
        response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
        response.write("retry: 1000\n\n");
        const page: OpenPage = { response, minutes, sent: {} };
        this.pages.add(page);
        response.on("close", () => this.leave(page));
        clearTimeout(this.leaving);
        this.view.start();
        this.timer ??= setInterval(() => this.tick(), tickMs);
        this.tick();
    }

    /** Ends all of them. */
    close(): void {
        clearInterval(this.timer);
        clearTimeout(this.leaving);
        this.pages.forEach(({ response }) => response.end());
        this.pages.clear();
    }

    private leave(page: OpenPage): void {
        // One that is not there any more was ended with all others.
        if (this.pages.delete(page) && this.pages.size === 0) {
            clearInterval(this.timer);
            this.timer = undefined;
            clearTimeout(this.leaving);
            this.leaving = setTimeout(() => void this.view.stop(), leaveMs);
        }
    }

    /** Every region; of what cannot be shown, e.g. because of one odd object of a cluster, why, and nobody else's page goes. */
    private regions(minutes: number): Regions {
        try {
            return this.view.regions(minutes);
        } catch (error) {
            const reason = markup`<p class="problems">${told(error)}</p>\n`.toString();
            return { status: reason, overall: reason };
        }
    }

    private tick(): void {
        const made = new Map<number, Regions>();
        for (const page of this.pages) {
            const { response, minutes, sent } = page;
            const now = made.get(minutes) ?? this.regions(minutes);
            made.set(minutes, now);
            if (response.writableLength < mostBehind) {
                const news = Object.entries(now).filter(([id, html]) => sent[id] !== html);
                // Without news, too: a page that hears nothing for long takes its connection for dead.
                response.write(`data: ${JSON.stringify(Object.fromEntries(news))}\n\n`);
                page.sent = now;
            }
        }
    }
}
