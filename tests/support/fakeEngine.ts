import { cacheRepository } from "../../src/machine/imageReference";
import { Answers, Call, FakeRunner, fakeRunner } from "./fakeRunner";

/** Sizes of images by name. */
type Images = Readonly<Record<string, number>>;

export interface FakeEngine extends FakeRunner {
    /** What the user was told, line by line. */
    readonly said: readonly string[];
    readonly say: (line: string) => void;
    /** Names of the images that the engine has, sorted. */
    readonly names: () => string[];
}

/**
 * The images of a container engine, and a registry to pull from, without either.
 *
 * @param given.platforms What images run on, by name; linux/amd64 by default.
 * @param overrides Answers that go before these.
 */
export function fakeEngine(
    {
        images = {},
        registry = {},
        platforms = {},
    }: { images?: Images; registry?: Images; platforms?: Readonly<Record<string, string>> },
    overrides: Answers = {},
): FakeEngine {
    const said: string[] = [];
    const there = new Map(Object.entries(images));
    const absent = (name: string) => ({ code: 1, stderr: `Error: No such image: ${name}\n` });
    const last = ({ argv }: Call) => argv[argv.length - 1]!;
    const runner = fakeRunner(overrides, {
        "docker tag": ({ argv: [, , from, to] }) => {
            const size = there.get(from!);
            if (size === undefined) {
                return absent(from!);
            }
            there.set(to!, size);
            return {};
        },
        "docker image inspect --format {{.Size}} {{.Os}}/{{.Architecture}}": (call) => {
            const size = there.get(last(call));
            return size === undefined
                ? absent(last(call))
                : { stdout: `${size} ${platforms[last(call)] ?? "linux/amd64"}\n` };
        },
        "docker info --format {{json .DriverStatus}}": {
            stdout: JSON.stringify([["Backing Filesystem", "extfs"]]),
        },
        "docker pull --quiet": (call) => {
            const size = registry[last(call)];
            if (size === undefined) {
                const reason = `manifest for ${last(call)} not found`;
                return { code: 1, stderr: `Error response from daemon: ${reason}\n` };
            }
            there.set(last(call), size);
            return {};
        },
        "docker image rm": ({ argv: [, , , ...names] }) => {
            const missing = names.find((name) => !there.delete(name));
            return missing === undefined ? {} : absent(missing);
        },
        "docker image ls": {
            get stdout() {
                const ours = [...there.keys()].filter((name) => name.startsWith(cacheRepository));
                return ours.map((name) => `${name}\n`).join("");
            },
        },
    });
    return {
        ...runner,
        said,
        say: (line) => void said.push(line),
        names: () => [...there.keys()].sort(),
    };
}
