import { readAssets } from "./assets";
import { planSection } from "./controls";
import { LiveBoard } from "./liveBoard";
import { boardHtml, minutesOf } from "./page";
import { Pages } from "./pages";
import { BoardServer, Site, serve } from "./server";
import { parseGuesses, parseWish } from "./wish";

/** What a board's server serves. */
export interface Served {
    readonly stack: string;
    readonly board: LiveBoard;
    readonly isReadOnly: boolean;
    /** 0 for a free one. */
    readonly port: number;
}

/**
 * Serves the board of one lab.
 *
 * @throws UsageError if the port is taken, or not for everybody.
 */
export function serveBoard({ stack, board, isReadOnly, port }: Served): Promise<BoardServer> {
    const pages = new Pages(board);
    const assets = readAssets();
    const site: Site = {
        show: (path, query) => {
            switch (path) {
                case "/":
                    return { type: "text/html", content: boardHtml({ stack, isReadOnly }) };
                case "/events":
                    return (response) => pages.open(response, minutesOf(query));
                default:
                    return assets.get(path);
            }
        },
        change: isReadOnly ? undefined : changing(board),
        close: () => {
            pages.close();
            return board.close();
        },
    };
    return serve(site, port);
}

/** What the pages of a board ask for. */
function changing(board: LiveBoard): NonNullable<Site["change"]> {
    return (path, body) => {
        switch (path) {
            case "/plan":
                return planSection(board.plan(parseWish(body)));
            case "/change":
                board.change(parseWish(body), parseGuesses(body, board.clusters));
                return "begun";
            case "/cancel":
                void board.cancel();
                return "begun";
            case "/guess-first":
                board.setGuessFirst((body as { isOn?: unknown } | null)?.isOn === true);
                return "begun";
            default:
                return undefined;
        }
    };
}
