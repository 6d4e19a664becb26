import { EventEmitter } from "node:events";
import { ServerResponse } from "node:http";
import { Pages } from "../../../../src/commands/board/pages";

/** A response that keeps what is written to it. */
function page() {
    const written: string[] = [];
    const response = Object.assign(new EventEmitter(), {
        writableLength: 0,
        writeHead: () => undefined,
        write: (text: string) => void written.push(text),
        end: () => undefined,
    });
    return { written, response: response as unknown as ServerResponse };
}

test("what cannot be shown, because of one odd object of a cluster, is told on the page and ends no server", () => {
    const pages = new Pages({
        start: () => undefined,
        stop: () => Promise.resolve(),
        regions: () => {
            throw new TypeError("annotation.toLowerCase is not a function <b>");
        },
    });
    const { written, response } = page();
    pages.open(response, 5);
    pages.close();
    const { status = "" } = JSON.parse(written.at(-1)!.replace(/^data: /, "")) as {
        status?: string;
    };
    expect(status).toContain("The lab has met something that it does not expect");
    expect(status).not.toContain("<b>");
});
