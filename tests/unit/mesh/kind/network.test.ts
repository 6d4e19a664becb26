import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Machine } from "../../../../src/machine/machine";
import { labFolder } from "../../../../src/machine/names";
import { poll } from "../../../../src/machine/poll";
import { withNetwork } from "../../../../src/mesh/kind/network";
import { fakeRunner } from "../../../support/fakeRunner";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

const lock = join(labFolder, "network.lock");

beforeEach(() => rmSync(labFolder, { recursive: true, force: true }));

/** An engine whose network is there or not. */
function engine({ hasNetwork = false, name = "kind" } = {}) {
    const state = { hasNetwork };
    const { run, calls } = fakeRunner({
        [`docker network inspect ${name}`]: () => ({ code: state.hasNetwork ? 0 : 1 }),
    });
    return { state, calls, machine: { run } as Machine };
}

async function until(isSo: () => boolean): Promise<void> {
    const ask = () => Promise.resolve(isSo() || undefined);
    expect(await poll(ask, { withinMs: 10_000, everyMs: 5 })).toBe(true);
}

/** kinds that create a cluster each, and end when they are told to. */
function kinds(machine: Machine) {
    const begun: string[] = [];
    const ends = new Map<string, { end: () => void; fail: (error: Error) => void }>();
    const begin = (name: string) =>
        withNetwork(machine, () => {
            begun.push(name);
            return new Promise<string>((resolve, fail) =>
                ends.set(name, { end: () => resolve(name), fail }),
            );
        });
    return { begun, begin, of: (name: string) => ends.get(name)! };
}

test("where the network is there, kinds begin at once and nothing is locked", async () => {
    const { machine } = engine({ hasNetwork: true });
    const { begun, begin, of } = kinds(machine);
    const both = Promise.all([begin("a"), begin("b")]);
    await sleep(20);
    expect(begun).toEqual(["a", "b"]);
    expect(existsSync(lock)).toBe(false);
    of("a").end();
    of("b").end();
    expect(await both).toEqual(["a", "b"]);
});

test("where it is missing, one kind makes it; the others begin when it is there, though the first goes on", async () => {
    const { machine, state } = engine();
    const { begun, begin, of } = kinds(machine);
    const both = Promise.all([begin("a"), begin("b")]);
    await sleep(300);
    expect(begun).toEqual(["a"]);
    state.hasNetwork = true;
    await until(() => begun.length === 2 && !existsSync(lock));
    expect(begun).toEqual(["a", "b"]);
    of("a").end();
    of("b").end();
    await both;
});

test("a first kind that fails before the network is there leaves it to the next", async () => {
    const { machine, state } = engine();
    const { begun, begin, of } = kinds(machine);
    const first = begin("a");
    const second = begin("b");
    await until(() => begun.length === 1);
    of("a").fail(new Error("no image"));
    await expect(first).rejects.toThrow("no image");
    await until(() => begun.length === 2);
    expect(begun).toEqual(["a", "b"]);
    state.hasNetwork = true;
    of("b").end();
    expect(await second).toBe("b");
    expect(existsSync(lock)).toBe(false);
});

test("the lock of a process that is gone is taken over", async () => {
    const { machine, state } = engine();
    mkdirSync(labFolder, { recursive: true });
    writeFileSync(lock, String(spawnSync("true").pid));
    const { begun, begin, of } = kinds(machine);
    const one = begin("a");
    await until(() => begun.length === 1);
    expect(begun).toEqual(["a"]);
    state.hasNetwork = true;
    of("a").end();
    await one;
});

test("the network is the one that kind is told to use", async () => {
    process.env.KIND_EXPERIMENTAL_DOCKER_NETWORK = "lab";
    const { machine, calls } = engine({ hasNetwork: true, name: "lab" });
    await withNetwork(machine, () => Promise.resolve());
    delete process.env.KIND_EXPERIMENTAL_DOCKER_NETWORK;
    expect(calls.map(({ line }) => line)).toEqual(["docker network inspect lab"]);
});
