import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    rmSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fetchBytes } from "../../../src/machine/download";
import {
    ensureKind,
    kindChecksums,
    kindPath,
    oldestKind,
    pinnedKind,
    platform,
} from "../../../src/machine/kindTool";
import { Answer, fakeRunner } from "../../support/fakeRunner";

const good = Buffer.from("kind for linux-amd64");
const bad = Buffer.from("<html>log in to the guest network</html>");
const url = `https://github.com/kubernetes-sigs/kind/releases/download/v${pinnedKind}/kind-linux-amd64`;
const missing: Answer = { code: 127, stderr: "spawn kind ENOENT" };

let folder: string;
let path: string;
beforeEach(() => {
    // The real binaries are not here; this stands in for one.
    const sum = createHash("sha256").update(good).digest("hex");
    jest.replaceProperty(kindChecksums, "linux-amd64", sum);
    folder = mkdtempSync(join(tmpdir(), "kind-tool-"));
    path = join(folder, "tools", "kind");
});
afterEach(() => {
    jest.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
});

/** Asks for a kind where `kind version` and the download answer so. */
async function ensure(
    version: Answer,
    download: () => Promise<Buffer> = () => Promise.reject(new Error("nothing is downloaded here")),
    on = "linux-amd64",
) {
    const fetched: string[] = [];
    const said: string[] = [];
    const found = await ensureKind(
        fakeRunner({ "kind version --quiet": version }).run,
        (line) => said.push(line),
        {
            download: (from) => {
                fetched.push(from);
                return download();
            },
            path,
            on,
            searched: folder,
        },
    );
    return { found, fetched, said };
}

const notUsed = "the kind on PATH is not used: it does not say its version";

test.each([
    oldestKind,
    "0.33.0",
    "0.100.2",
    "1.0.0",
    "0.33.0-alpha+abc",
    "v0.33.0",
    "old config\n0.33.0",
])("kind %s on PATH is used as it is", async (version) => {
    const { found, fetched, said } = await ensure({ stdout: `${version}\n` });
    expect(found).toBe("kind");
    expect(fetched).toEqual([]);
    expect(said).toEqual([]);
});

test.each<[string, Answer, string[]]>([
    ["too old", { stdout: "0.26.0\n" }, []],
    ["missing", missing, []],
    ["broken", { code: 1, stdout: "0.33.0\n" }, [`${notUsed} (exit code 1)`]],
    [
        "for another machine",
        { code: 126, stderr: "cannot execute binary file" },
        [`${notUsed} (cannot execute binary file)`],
    ],
    ["silent about its version", { stdout: "development\n" }, [`${notUsed} (development)`]],
    [
        "too old, whatever number a wrapper says first,",
        { stdout: "WARNING: wrapper 2.0.0\n0.26.0\n" },
        [],
    ],
    [
        "hanging",
        { code: 137, stderr: "kind did not answer within 60 s and was stopped\n" },
        [`${notUsed} (kind did not answer within 60 s and was stopped)`],
    ],
])("a kind on PATH that is %s is not; the pinned one is downloaded", async (_, version, why) => {
    const { found, fetched, said } = await ensure(version, () => Promise.resolve(good));
    expect(found).toBe(path);
    expect(fetched).toEqual([url]);
    expect(said).toEqual([...why, "downloading kind v0.33.0"]);
    expect(readFileSync(path)).toEqual(good);
    expect(statSync(path).mode & 0o777).toBe(0o755);
    expect(readdirSync(dirname(path))).toEqual(["kind"]);
});

test("a kind on PATH that cannot be started is named", async () => {
    writeFileSync(join(folder, "kind"), "", { mode: 0o644 });
    const { said } = await ensure(missing, () => Promise.resolve(good));
    expect(said[0]).toBe(`${notUsed} (${join(folder, "kind")} is not executable)`);
});

test("a kind on PATH is not waited for without an end", async () => {
    const fake = fakeRunner({ "kind version --quiet": { stdout: "0.33.0" } });
    await ensureKind(fake.run, () => undefined);
    expect(fake.calls.map(({ options }) => options.timeoutMs)).toEqual([60_000]);
});

test("a downloaded kind is downloaded once", async () => {
    await ensure(missing, () => Promise.resolve(good));
    const { found, fetched, said } = await ensure(missing);
    expect(found).toBe(path);
    expect(fetched).toEqual([]);
    expect(said).toEqual([]);
});

test("a kept kind whose checksum is not the pinned one is downloaded again", async () => {
    await ensure(missing, () => Promise.resolve(good));
    writeFileSync(path, bad);
    const { fetched } = await ensure(missing, () => Promise.resolve(good));
    expect(fetched).toEqual([url]);
    expect(readFileSync(path)).toEqual(good);
});

test("what runs that were killed had written of a kind goes; a run that goes on keeps its own", async () => {
    mkdirSync(dirname(path));
    const dead = spawnSync("true").pid;
    const running = `kind.${process.ppid}.part`;
    for (const file of [`kind.${dead}.part`, running, "kind-else.part", `else.${dead}.part`]) {
        writeFileSync(join(dirname(path), file), "half");
    }
    await ensure(missing, () => Promise.resolve(good));
    expect(readdirSync(dirname(path)).toSorted()).toEqual(
        ["kind", running, "kind-else.part", `else.${dead}.part`].toSorted(),
    );
});

test("a download with another checksum is refused, and nothing is kept", async () => {
    await expect(ensure(missing, () => Promise.resolve(bad))).rejects.toThrow(
        new RegExp(
            `^what ${url} gave has SHA-256 [a-f0-9]{64}, not ${kindChecksums["linux-amd64"]}; it was thrown away$`,
        ),
    );
    expect(existsSync(dirname(path))).toBe(false);
});

test.each([
    ["the error's cause", new Error("fetch failed", { cause: new Error("ENOTFOUND github.com") })],
    ["the error", new Error("ENOTFOUND github.com")],
])("a download that fails is one sentence with the way out, from %s", async (_, error) => {
    await expect(ensure(missing, () => Promise.reject(error))).rejects.toThrow(
        new Error(
            `kind v0.33.0 could not be downloaded from ${url} (ENOTFOUND github.com); put kind 0.32.0 or later on PATH instead`,
        ),
    );
    expect(existsSync(dirname(path))).toBe(false);
});

test("a download whose CA Node.js does not know names the variable that takes it, too", async () => {
    const cause = new Error("self-signed certificate in certificate chain");
    const failure = new Error("fetch failed", { cause });
    await expect(ensure(missing, () => Promise.reject(failure))).rejects.toThrow(
        /\(self-signed certificate in certificate chain\); export NODE_EXTRA_CA_CERTS=<.*, or put kind 0\.32\.0 or later on PATH instead$/,
    );
});

test.each(["win32-amd64", "linux-ppc64"])("on %s there is no kind to download", async (on) => {
    await expect(ensure(missing, undefined, on)).rejects.toThrow(
        new Error(
            `kind is not released for ${on}; use Linux, macOS or WSL 2 on amd64 or arm64, or put a kind of your own on PATH`,
        ),
    );
});

test("on a platform without a release, a kind of the user's own is used", async () => {
    expect((await ensure({ stdout: "0.33.0" }, undefined, "linux-riscv64")).found).toBe("kind");
});

test.each([
    ["linux", "x64", "linux-amd64"],
    ["darwin", "arm64", "darwin-arm64"],
    ["win32", "x64", "win32-amd64"],
])("platform of %s on %s is %s", (os, arch, expected) => {
    expect(platform(os, arch)).toBe(expected);
});

test("every platform has a checksum of its own", () => {
    const sums = Object.values(kindChecksums);
    expect(new Set(sums).size).toBe(sums.length);
    sums.forEach((sum) => expect(sum).toMatch(/^[a-f0-9]{64}$/));
});

test("the downloaded kind is kept in the lab's own folder under its version", () => {
    expect(kindPath).toMatch(/[/\\]\.lab[/\\]tools[/\\]kind-v0\.33\.0$/);
});

test("bytes are fetched as they are, over redirects; an answer that is not 200 is an error", async () => {
    const server = createServer((request, response) => {
        const isMoved = request.url === "/moved";
        const headers = isMoved ? { location: "/bytes" } : {};
        response.writeHead(isMoved ? 302 : request.url === "/bytes" ? 200 : 404, headers);
        response.end(Buffer.from([0, 255, 10]));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
        const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        expect(await fetchBytes(`${base}/moved`)).toEqual(Buffer.from([0, 255, 10]));
        await expect(fetchBytes(`${base}/none`)).rejects.toThrow(`${base}/none answered 404`);
    } finally {
        server.closeAllConnections();
        server.close();
    }
});
