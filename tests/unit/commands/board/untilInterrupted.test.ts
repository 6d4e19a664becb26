import { untilInterrupted } from "../../../../src/commands/board/server";

let now = 0;
let said = "";
let exit: jest.SpyInstance;

beforeEach(() => {
    now = 0;
    said = "";
    jest.spyOn(performance, "now").mockImplementation(() => now);
    exit = jest.spyOn(process, "exit").mockImplementation(() => undefined as never);
    for (const stream of [process.stdout, process.stderr]) {
        jest.spyOn(stream, "write").mockImplementation((text) => {
            said += String(text);
            return true;
        });
    }
});
afterEach(() => {
    jest.restoreAllMocks();
    process.removeAllListeners("SIGINT");
    process.removeAllListeners("SIGTERM");
    process.removeAllListeners("SIGHUP");
});

/** A server that is ended by Ctrl-C, and whose end takes as long as `ended` does. */
async function interrupted(ended: Promise<void>) {
    const server = { port: 1, address: "http://127.0.0.1:1/", close: () => ended };
    const serving = untilInterrupted(server, "Stack dev", "ending");
    process.emit("SIGINT");
    await new Promise((resolve) => setImmediate(resolve));
    return { serving };
}

test("Ctrl-C ends in order", async () => {
    const { serving } = await interrupted(Promise.resolve());
    expect(await serving).toBe(130);
    expect(said).toContain("ending; another Ctrl-C ends it at once\n");
    expect(exit).not.toHaveBeenCalled();
});

test("where that hangs, as with an engine that does, the next Ctrl-C ends it at once", async () => {
    await interrupted(new Promise(() => undefined));
    // From npm, which hands on what the terminal has sent to both.
    now = 100;
    process.emit("SIGINT");
    expect(exit).not.toHaveBeenCalled();
    now = 3_000;
    process.emit("SIGTERM");
    expect(exit).toHaveBeenCalledWith(130);
});
