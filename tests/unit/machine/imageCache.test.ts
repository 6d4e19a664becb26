import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keepImages, listCache, megabytes, removeFromCache } from "../../../src/machine/imageCache";
import { cacheTag } from "../../../src/machine/imageReference";
import { labFolder } from "../../../src/machine/names";
import { FakeEngine, fakeEngine } from "../../support/fakeEngine";
import { Answer } from "../../support/fakeRunner";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);

const agent = "quay.io/cilium/cilium:v1";
const lock = join(labFolder, "images.lock");

/** What was asked of the engine that changes something. */
const changes = ({ calls }: FakeEngine) =>
    calls.map(({ line }) => line).filter((line) => /^docker (pull|image rm)/.test(line));

test("an image that nobody has is pulled once, kept under the lab's tag, and its own name is taken away", async () => {
    const engine = fakeEngine({ registry: { [agent]: 695_000_000 } });
    const platform = "linux/amd64";
    const kept = { reference: agent, tag: cacheTag(agent), size: 695_000_000, platform };
    expect(await keepImages([agent], engine)).toEqual({ kept: [kept], missed: [] });
    expect(engine.names()).toEqual([cacheTag(agent)]);
    expect(engine.said).toEqual([
        `${agent}: downloading, once for all clusters of this machine`,
        expect.stringMatching(`^${agent}: downloaded, 695 MB in \\d+ s$`),
    ]);
    expect(await keepImages([agent], engine)).toEqual({ kept: [kept], missed: [] });
    expect(changes(engine)).toEqual([`docker pull --quiet ${agent}`, `docker image rm ${agent}`]);
});

test("the user's own image of that name is taken, its newest build, and keeps its name", async () => {
    const engine = fakeEngine({ images: { [agent]: 1, [cacheTag(agent)]: 2 } });
    expect((await keepImages([agent], engine)).kept[0]!.size).toBe(1);
    expect(engine.names()).toEqual([agent, cacheTag(agent)].toSorted());
    expect(changes(engine)).toEqual([]);
    expect(engine.said).toEqual([]);
});

test("what cannot be pulled is told with the engine's reason; the others are kept", async () => {
    const engine = fakeEngine({ registry: { [agent]: 5 } });
    const { kept, missed } = await keepImages([agent, "gone:1"], engine);
    expect(kept.map(({ reference }) => reference)).toEqual([agent]);
    expect(missed).toEqual([
        {
            reference: "gone:1",
            reason: "Error response from daemon: manifest for gone:1 not found",
        },
    ]);
});

test("the caller may stop before the first pull, and is not asked where nothing is pulled", async () => {
    const stop = jest.fn(() => Promise.reject(new Error("the disk is full")));
    const engine = fakeEngine({ registry: { [agent]: 5 }, images: { "nginx:1": 1 } });
    await expect(keepImages([agent, "nginx:1"], engine, stop)).rejects.toThrow("the disk is full");
    expect(changes(engine)).toEqual([]);
    await keepImages(["nginx:1"], engine, stop);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(existsSync(lock)).toBe(false);
});

test("two processes that want the same image pull it once", async () => {
    const engine = fakeEngine({ registry: { [agent]: 5 } });
    await Promise.all([keepImages([agent], engine), keepImages([agent], engine)]);
    expect(changes(engine)).toHaveLength(2);
});

test.each<[string, Answer]>([
    ["that is gone", { code: 1 }],
    ["whose number another program has now", { stdout: "sshd: me\n" }],
])("the lock of a process %s is taken over", async (_, ps) => {
    mkdirSync(labFolder, { recursive: true });
    writeFileSync(lock, "999999999");
    const engine = fakeEngine({ images: { [agent]: 5 } }, { "ps -o args= -p 999999999": ps });
    expect((await keepImages([agent], engine)).kept).toHaveLength(1);
    expect(existsSync(lock)).toBe(false);
});

test("the cache is listed with the largest first, and nothing of the user's", async () => {
    const images = { "nginx:1": 9, [cacheTag("a:1")]: 1, [cacheTag("b:1")]: 2 };
    expect(await listCache(fakeEngine({ images }).run)).toEqual([
        { tag: cacheTag("b:1"), size: 2 },
        { tag: cacheTag("a:1"), size: 1 },
    ]);
    expect(await listCache(fakeEngine({}).run)).toEqual([]);
});

test("what is removed from the cache goes by the lab's own names", async () => {
    const engine = fakeEngine({ images: { "a:1": 1, [cacheTag("a:1")]: 1 } });
    await removeFromCache([cacheTag("a:1")], engine.run);
    expect(engine.names()).toEqual(["a:1"]);
    await expect(removeFromCache(["cilium-global-services/cache:x"], engine.run)).rejects.toThrow(
        "docker could not remove every image of the cache: Error: No such image: cilium-global-services/cache:x",
    );
});

test.each([
    [0, "0 MB"],
    [26_100_001, "27 MB"],
    [999_000_000, "999 MB"],
    [2_120_000_000, "2.1 GB"],
])("%i bytes are %s", (bytes, text) => {
    expect(megabytes(bytes)).toBe(text);
});
