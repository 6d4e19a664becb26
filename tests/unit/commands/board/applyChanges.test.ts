import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { applyingTo } from "../../../../src/commands/board/applyChanges";
import { readNews, readTimeline, recordNews, timelinePath } from "../../../../src/machine/timeline";
import { openFollowedPulumi } from "../../../../src/stack/follow";
import { lockStack } from "../../../../src/stack/lock";
import { reconcile } from "../../../../src/stack/reconcile";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);
jest.mock("../../../../src/machine/checks", () => ({ requireEngine: jest.fn() }));
jest.mock("../../../../src/machine/machine", () => ({ localMachine: { kind: jest.fn() } }));
jest.mock("../../../../src/stack/follow", () => ({ openFollowedPulumi: jest.fn() }));
jest.mock("../../../../src/stack/home", () => ({
    LabStack: class {
        with = () => ({ name: "dev", config: { clusterProvider: "kind" } });
    },
}));
jest.mock("../../../../src/stack/lock", () => ({ lockStack: jest.fn() }));
jest.mock("../../../../src/stack/reconcile", () => ({ reconcile: jest.fn() }));
jest.mock("../../../../src/stack/stack", () => ({
    ...jest.requireActual<object>("../../../../src/stack/stack"),
    openStack: jest.fn(),
    setConfig: jest.fn(),
}));

const onLocked = jest.fn();

/** A change from the board whose update does this and ends with that code. */
async function change(
    update: () => number,
    controller = new AbortController(),
): Promise<readonly string[]> {
    jest.mocked(openFollowedPulumi).mockResolvedValue({ pulumi: {}, follow: jest.fn() } as never);
    jest.mocked(reconcile).mockImplementation(() => Promise.resolve(update()));
    const watched = { onLine: () => undefined, signal: controller.signal, onLocked };
    await applyingTo("dev")([["sharedService", "false"]], watched);
    return readNews("dev").map(({ text }) => text);
}

beforeEach(() => jest.mocked(lockStack).mockResolvedValue(() => undefined));
beforeEach(() => rmSync(dirname(timelinePath("dev")), { recursive: true, force: true }));

afterAll(() => delete process.env.LAB_TIMELINE);

test("a change from the board has a timeline, which its programs write to", async () => {
    const said = await change(() => {
        recordNews("cluster1: waiting for rebel-base 1 of 2");
        return 0;
    });
    expect(said).toEqual(["cluster1: waiting for rebel-base 1 of 2"]);
    expect(readTimeline("dev").map(({ name }) => name)).toEqual(["command", "tools", "stack"]);
});

test("one that fails is kept as failed, with the reason that a program has told, if one has", async () => {
    expect(await change(() => 255)).toEqual(["the change on the board failed; the board says why"]);
    const told = await change(() => {
        recordNews("cluster1 is stuck", { isFailure: true });
        return 255;
    });
    expect(told).toEqual(["cluster1 is stuck"]);
});

test("one that is cancelled is kept as cancelled", async () => {
    const controller = new AbortController();
    const said = await change(() => {
        controller.abort();
        return 130;
    }, controller);
    expect(said).toEqual([
        "the change on the board was cancelled; the next one continues from there",
    ]);
});

test("nothing is remembered of a change before the stack is locked, nor of one that another command keeps off", async () => {
    onLocked.mockReset();
    jest.mocked(lockStack).mockRejectedValueOnce(new Error("npm run up is already working"));
    await expect(change(() => 0)).rejects.toThrow("already working");
    expect(onLocked).not.toHaveBeenCalled();
    jest.mocked(lockStack).mockImplementationOnce(() => {
        expect(onLocked).not.toHaveBeenCalled();
        return Promise.resolve(() => undefined);
    });
    await change(() => {
        expect(onLocked).toHaveBeenCalledTimes(1);
        return 0;
    });
});
