import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { gzipSync } from "node:zlib";
import { Header } from "tar/header";
import {
    BundleWriter,
    neededPackages,
    readBundle,
} from "../../../../src/commands/bundle/bundleFile";
import { Manifest, bundleFormat, parseManifest } from "../../../../src/commands/bundle/manifest";
import { run } from "../../../../src/machine/run";
import { findInTar, parseTarHeader, tarHeader } from "../../../../src/machine/tar";
import { labLoader } from "../../../support/labLoader";

const folder = mkdtempSync(join(tmpdir(), "bundle-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "lab.tar");

const contents = { "tools/kind": Buffer.from([0, 255, 1]), "images.tar": Buffer.alloc(70_000, 7) };

/** Writes a bundle of two files. */
async function write(changes: Partial<Manifest> = {}, at = path): Promise<void> {
    const writer = await BundleWriter.open(at);
    const pieces = [];
    for (const [name, content] of Object.entries(contents)) {
        pieces.push(
            await writer.add(
                name,
                Readable.from([content.subarray(0, 1), content.subarray(1)]),
                0o755,
            ),
        );
    }
    const manifest: Manifest = {
        format: bundleFormat,
        platform: "linux-amd64",
        at: "2026-11-23T12:00:00Z",
        pieces,
        images: [],
        ...changes,
    };
    await writer.add("manifest.json", Readable.from([Buffer.from(JSON.stringify(manifest))]));
    await writer.finish();
}

const check = (at = path) => readBundle(at, undefined, "linux-amd64");
const refused = (reason: string, at = path) => new Error(`${at} cannot be used: ${reason}`);

test("a bundle is a tar that tar itself unpacks", async () => {
    await write();
    expect((await run("tar", ["-xf", path, "-C", folder, "tools", "images.tar"])).code).toBe(0);
    expect(readFileSync(join(folder, "tools", "kind"))).toEqual(contents["tools/kind"]);
    expect(readFileSync(join(folder, "images.tar"))).toEqual(contents["images.tar"]);
    const { stdout } = await run("tar", ["-tvf", path]);
    expect(stdout.split("\n")[0]).toMatch(/^-rwxr-xr-x .* 3 .* tools\/kind$/);
});

test("a bundle that is whole says what is in it", async () => {
    await write();
    const { pieces } = await check();
    expect(pieces.map(({ name, size }) => [name, size])).toEqual([
        ["tools/kind", 3],
        ["images.tar", 70_000],
    ]);
});

test("one that was cut off is refused, wherever it was", async () => {
    await write();
    const whole = readFileSync(path);
    const cut = join(folder, "cut.tar");
    writeFileSync(cut, whole.subarray(0, 20_000));
    await expect(check(cut)).rejects.toThrow(
        refused("it ends in the middle of images.tar; copy it again", cut),
    );
    writeFileSync(cut, whole.subarray(0, 512 + 512));
    await expect(check(cut)).rejects.toThrow(
        refused("it has no manifest, so it is no bundle or not whole; copy it again", cut),
    );
    writeFileSync(cut, "");
    await expect(check(cut)).rejects.toThrow("it has no manifest");
});

test("one with a byte that changed is refused by the name of the file", async () => {
    await write();
    const damaged = readFileSync(path);
    damaged[512] = 9;
    writeFileSync(path, damaged);
    await expect(check()).rejects.toThrow(
        /cannot be used: its tools\/kind has SHA-256 [a-f0-9]{64}, not [a-f0-9]{64}; copy it again$/,
    );
});

test("what is no bundle is refused", async () => {
    writeFileSync(path, "x".repeat(2000));
    await expect(check()).rejects.toThrow(refused("it is no tar"));
    await expect(check(join(folder, "none"))).rejects.toThrow(
        refused("there is no such file", join(folder, "none")),
    );
    await expect(check(folder)).rejects.toThrow(refused("it is a folder", folder));
    const pipe = join(folder, "pipe");
    spawnSync("mkfifo", [pipe]);
    await expect(check(pipe)).rejects.toThrow(refused("it is no file", pipe));
    await expect(check(join(path, "below"))).rejects.toThrow(
        refused("there is no such file", join(path, "below")),
    );
});

test("one for another machine, or of another format, is refused", async () => {
    await write({ platform: "darwin-arm64" });
    await expect(check()).rejects.toThrow(
        refused("its tools are for darwin-arm64, and this machine is linux-amd64"),
    );
    await write({ format: 99 });
    await expect(check()).rejects.toThrow("its format is 99, and this checkout's 1;");
    const manifest = { format: bundleFormat, platform: "linux-amd64", pieces: [], images: [] };
    for (const text of [
        "{",
        "null",
        JSON.stringify({ ...manifest, pieces: undefined }),
        JSON.stringify({ ...manifest, pieces: [{ name: "tools/kind" }] }),
        JSON.stringify({ ...manifest, images: [1] }),
    ]) {
        expect(() => parseManifest(text, "linux-amd64")).toThrow("its manifest cannot be read");
    }
});

test.each([
    "../evil",
    "tools/../../evil",
    "tools/",
    "tools/a/b",
    "tools/..",
    "tools/docker",
    "tools/node",
    "tools/pulumi-resource-random",
    "/bin/sh",
    "manifest.json",
])(
    "one that lists %j is refused: it would be unpacked to where no bundle's file belongs",
    async (name) => {
        await write({ pieces: [{ name, size: 1, sha256: "" }] });
        await expect(check()).rejects.toThrow(
            refused(`its manifest has "${name}", which is no file of a bundle`),
        );
    },
);

/** A tar of entries that the lab's own writer does not write. */
function tarOf(...entries: (ConstructorParameters<typeof Header>[0] & { content?: string })[]) {
    const blocks = entries.flatMap(({ content = "", ...data }) => {
        const block = Buffer.alloc(512);
        new Header({ mode: 0o644, type: "File", size: content.length, ...data }).encode(block);
        return [
            block,
            Buffer.concat([Buffer.from(content)], Math.ceil(content.length / 512) * 512),
        ];
    });
    return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const manifestText = (pieces: readonly object[]) =>
    JSON.stringify({ format: bundleFormat, platform: "linux-amd64", at: "", pieces, images: [] });
const empty = createHash("sha256").digest("hex");

test.each([
    ["SymbolicLink", "/etc/passwd"],
    ["Link", "images.tar"],
    ["Directory", ""],
] as const)("a %s under the name of a file is none of a bundle's files", async (type, linkpath) => {
    const pieces = [{ name: "tools/kind", size: 0, sha256: empty }];
    writeFileSync(
        path,
        tarOf(
            { path: "tools/kind", type, linkpath },
            { path: "manifest.json", content: manifestText(pieces) },
        ),
    );
    await expect(check()).rejects.toThrow(
        refused(`its tools/kind has SHA-256 none, not ${empty}; copy it again`),
    );
});

test("a file that is there or listed twice is refused: nobody knows which one is meant", async () => {
    const manifest = { path: "manifest.json", content: manifestText([]) };
    writeFileSync(path, tarOf({ path: "./manifest.json", content: manifestText([]) }, manifest));
    await expect(check()).rejects.toThrow(refused('it has "manifest.json" twice'));
    const piece = { name: "tools/kind", size: 0, sha256: empty };
    const content = manifestText([piece, piece]);
    writeFileSync(path, tarOf({ path: "tools/kind" }, { path: "manifest.json", content }));
    await expect(check()).rejects.toThrow(refused("its manifest lists tools/kind twice"));
});

test("one that was unpacked and packed again is the same", async () => {
    const piece = { name: "tools/kind", size: 0, sha256: empty };
    const content = manifestText([piece]);
    writeFileSync(path, tarOf({ path: "./tools/kind" }, { path: "./manifest.json", content }));
    expect((await check()).pieces).toEqual([piece]);
});

test("a manifest of a size that none has is not read", async () => {
    await write();
    writeFileSync(path, tarOf({ path: "manifest.json", content: " ".repeat(2 ** 20 + 1) }));
    await expect(check()).rejects.toThrow(
        refused("its manifest has 1048577 bytes, more than any has"),
    );
    for (const size of [undefined, -1, 1.5, "1", 1e300]) {
        const text = manifestText([{ name: "tools/kind", sha256: empty, size }]);
        expect(() => parseManifest(text, "linux-amd64")).toThrow("its manifest cannot be read");
    }
});

test("a header with a size that no file has is none", async () => {
    for (const bytes of [[0x80, 0, 0, 0x10], [0x81]]) {
        const tar = tarOf({ path: "manifest.json" });
        tar.set(bytes, 124);
        writeFileSync(path, tar);
        await expect(check()).rejects.toThrow(refused("it is no tar"));
    }
});

test.each([
    ["gzip", gzipSync("a tar")],
    ["zstd", Buffer.from("28b52ffd20", "hex")],
    ["xz", Buffer.from("fd377a585a0000", "hex")],
    ["bzip2", Buffer.from("BZh91AY")],
    ["zip", Buffer.from("504b03041400", "hex")],
])("one that somebody has packed with %s is told so", async (program, content) => {
    writeFileSync(path, Buffer.concat([content], 2000));
    await expect(check()).rejects.toThrow(
        refused(`it is packed with ${program}, and a bundle is not; unpack it first`),
    );
});

test("a file's end is held back until its checksum is right", async () => {
    await write();
    const damaged = readFileSync(path);
    damaged[damaged.length - 4000] = 9;
    damaged[2000] = 9;
    writeFileSync(path, damaged);
    const taken: Buffer[] = [];
    let reason: Error | null | undefined;
    const sink = new Writable({
        write: (chunk: Buffer, _, done) => (taken.push(chunk), done()),
        destroy: (error, done) => ((reason = error), done(null)),
    });
    const begin = () =>
        Promise.resolve((piece: { name: string }) =>
            piece.name === "images.tar" ? sink : undefined,
        );
    await expect(readBundle(path, begin, "linux-amd64")).rejects.toThrow(
        "its images.tar has SHA-256",
    );
    expect(Buffer.concat(taken)).toHaveLength(0);
    expect(reason?.message).toContain("its images.tar has SHA-256");
});

test("a Ctrl-C while a bundle is written leaves nothing of it", async () => {
    const source = JSON.stringify(
        join(__dirname, "..", "..", "..", "..", "src/commands/bundle/bundleFile"),
    );
    const script = `
        require(${source}).BundleWriter.open(process.argv[1]).then(() => {
            console.log("open");
            setInterval(() => {}, 1000);
        });`;
    const at = join(folder, "stopped.tar");
    const child = spawn(process.execPath, [...labLoader, "-e", script, at], {
        cwd: join(__dirname, "..", "..", "..", ".."),
        stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((open) => child.stdout.once("data", open));
    expect(readdirSync(folder).filter((file) => file.startsWith("stopped"))).toHaveLength(1);
    child.kill("SIGINT");
    expect(await new Promise((end) => child.on("exit", end))).toBe(130);
    expect(readdirSync(folder).filter((file) => file.startsWith("stopped"))).toEqual([]);
}, 30_000);

test("a bundle that was given up leaves nothing, and the older one as it was", async () => {
    await write();
    const before = readFileSync(path);
    const writer = await BundleWriter.open(path);
    await writer.add("tools/kind", Readable.from([Buffer.from("half")]));
    await writer.giveUp();
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder).filter((file) => file.endsWith(".part"))).toEqual([]);
});

test("the packages of a bundle are those that its programs need", () => {
    const lock = join(folder, "package-lock.json");
    const packages = {
        "": {},
        "node_modules/semver": {},
        "node_modules/jest": { dev: true },
        "node_modules/fsevents": { devOptional: true },
        "node_modules/a/node_modules/b": {},
    };
    writeFileSync(lock, JSON.stringify({ packages }));
    expect(neededPackages(lock)).toEqual(["node_modules/semver", "node_modules/a/node_modules/b"]);
});

test("this project's own needed packages are installed, and sucrase is one", () => {
    const root = join(__dirname, "..", "..", "..", "..");
    const packages = neededPackages(join(root, "package-lock.json"));
    expect(packages).toContain("node_modules/sucrase");
    expect(packages).not.toContain("node_modules/jest");
    expect(packages.filter((one) => !existsSync(join(root, one)))).toEqual([]);
});

test("a file is found in a tar by its name, over others", () => {
    const entry = (name: string, text: string) => [
        tarHeader(name, text.length, 0o644),
        Buffer.concat([Buffer.from(text)], 512),
    ];
    const tar = Buffer.concat([
        ...entry("cilium/a", "x"),
        ...entry("cilium/values.yaml", "image: 1"),
        Buffer.alloc(1024),
    ]);
    expect(findInTar(tar, (name) => name.endsWith("values.yaml"))?.toString()).toBe("image: 1");
    expect(findInTar(tar, (name) => name === "none")).toBeUndefined();
    expect(parseTarHeader(tarHeader("a", 5, 0o755))).toEqual({ name: "a", size: 5, isFile: true });
});
