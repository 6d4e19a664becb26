import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import * as yaml from "js-yaml";
import {
    cachedChart,
    chartsFolder,
    ensureChart,
    nearVersions,
} from "../../../../src/mesh/cilium/chart";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

const chart = { chart: "cilium", chartRepository: "https://helm.cilium.io/", version: "1.19.6" };
const path = join(chartsFolder, "helm.cilium.io", "cilium-1.19.6.tgz");
const packed = Buffer.from("the packed chart");
const digest = createHash("sha256").update(packed).digest("hex");
const released = { version: "1.19.6", urls: ["https://helm.cilium.io/cilium-1.19.6.tgz"], digest };

afterEach(() => rmSync(chartsFolder, { recursive: true, force: true }));

/** A repository of charts, by chart; the packed one is everywhere else. */
function repository(entries: object, { file = packed }: { file?: Buffer } = {}) {
    const fetched: string[] = [];
    const said: string[] = [];
    return {
        fetched,
        said,
        ensure: (wanted: typeof chart = chart) =>
            ensureChart(
                wanted,
                (line) => said.push(line),
                (url) => {
                    fetched.push(url);
                    const isIndex = url.endsWith("/index.yaml");
                    return Promise.resolve(isIndex ? Buffer.from(yaml.dump({ entries })) : file);
                },
            ),
    };
}

test("a chart is fetched once, said so, and afterwards found without the repository", async () => {
    const { fetched, said, ensure } = repository({ cilium: [released] });
    expect(await ensure()).toBeUndefined();
    expect(readFileSync(path)).toEqual(packed);
    expect(said).toEqual(["downloading chart cilium 1.19.6 from https://helm.cilium.io/"]);
    expect(await ensure()).toBeUndefined();
    expect(fetched).toEqual(["https://helm.cilium.io/index.yaml", released.urls[0]]);
    expect(said).toHaveLength(1);
});

test.each([
    ["https://helm.cilium.io/", "helm.cilium.io"],
    ["https://helm.cilium.io", "helm.cilium.io"],
    ["https://helm.cilium.io//", "helm.cilium.io"],
    ["http://charts.class:8080/stable/", "charts.class_6b3f"],
    ["https://charts.class/../..", "charts.class_"],
    ["https://me:s3cret@charts.class/x", "charts.class_"],
    ["https://..", "__"],
])(
    "charts of %s are kept in the folder %s, with a hash where more than a host tells",
    (chartRepository, begin) => {
        const folder = relative(chartsFolder, dirname(cachedChart({ ...chart, chartRepository })));
        expect(folder.replace(/_[a-f0-9]{12}$/, "_")).toBe(begin.replace("6b3f", ""));
    },
);

test("no two repositories share a folder, and no password is in one", () => {
    const repositories = [
        ...["https://charts.class", "http://charts.class", "https://charts.class:443"],
        ...["https://charts.class/a/b", "https://charts.class/a_b", "https://charts.class/a"],
        ...[
            "https://charts.class_a",
            "https://me:s3cret@charts.class",
            "https://charts.class/8080",
        ],
        ...[
            "https://charts.class:8080",
            "https://CHARTS.class",
            "https://charts.class?a",
            "https://..",
        ],
    ];
    const folders = repositories.map((chartRepository) =>
        dirname(cachedChart({ ...chart, chartRepository })),
    );
    expect(new Set(folders).size).toBe(repositories.length);
    expect(folders.join()).not.toContain("s3cret");
    folders.forEach((folder) => expect(dirname(folder)).toBe(chartsFolder));
});

test("a kept chart that is not what was fetched any more is fetched again", async () => {
    const { fetched, ensure } = repository({ cilium: [released] });
    await ensure();
    writeFileSync(path, "half of a chart");
    expect(await ensure()).toBeUndefined();
    expect(readFileSync(path)).toEqual(packed);
    expect(fetched).toHaveLength(4);
});

test("a chart that a bundle has brought is used without the repository", async () => {
    const { fetched, ensure } = repository({});
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "a chart");
    expect(await ensure()).toBeUndefined();
    expect(fetched).toEqual([]);
});

test.each([
    ["https://charts.class/stable", "https://charts.class/stable/cilium.tgz"],
    ["https://charts.class/stable/", "https://charts.class/stable/cilium.tgz"],
])("a relative URL in the index of %s starts at the repository", async (chartRepository, url) => {
    const { fetched, ensure } = repository({ cilium: [{ ...released, urls: ["cilium.tgz"] }] });
    expect(await ensure({ ...chart, chartRepository })).toBeUndefined();
    expect(fetched).toEqual(["https://charts.class/stable/index.yaml", url]);
});

test.each([
    ["a version that starts with v", { ...released, version: "v1.19.6" }],
    ["a digest with its algorithm", { ...released, digest: `sha256:${digest}` }],
    ["no digest", { ...released, digest: undefined }],
])("an index with %s is understood", async (_, entry) => {
    const { ensure } = repository({ cilium: [JSON.parse(JSON.stringify(entry))] });
    expect(await ensure()).toBeUndefined();
    expect(readFileSync(path)).toEqual(packed);
});

test("a file that is not what the index says is a problem, and is not kept", async () => {
    const page = Buffer.from("<html>log in to the guest network</html>");
    const { ensure } = repository({ cilium: [released] }, { file: page });
    const actual = createHash("sha256").update(page).digest("hex");
    expect(await ensure()).toEqual({
        message: `chart cilium 1.19.6 could not be downloaded from ${released.urls[0]} (what ${released.urls[0]} gave has SHA-256 ${actual}, not ${digest}; it was thrown away).`,
        fix: "try again with a connection to it, or pulumi config set ciliumChart <path of a cilium-1.19.6.tgz>",
    });
    expect(existsSync(path)).toBe(false);
});

test("an index that is a web page is a problem", async () => {
    const problem = await ensureChart(
        chart,
        () => undefined,
        () => Promise.resolve(Buffer.from("<html>log in</html>")),
    );
    expect(problem?.message).toBe(
        "chart cilium 1.19.6 could not be downloaded from https://helm.cilium.io/index.yaml (it is no index of charts).",
    );
});

test.each<[string, object]>([
    ["of nothing", { cilium: null }],
    ["of a word", { cilium: "1.19.6" }],
    ["of versions that are none", { cilium: [null, 5, {}, { version: 1.19, urls: [] }] }],
    ["without a place to get it", { cilium: [{ version: "1.19.6" }] }],
    ["whose places are none", { cilium: [{ version: "1.19.6", urls: [{}] }] }],
])("an index %s has no such version, in one sentence", async (_, entries) => {
    expect((await repository(entries).ensure())?.message).toBe(
        "https://helm.cilium.io/ has no version 1.19.6 of chart cilium.",
    );
});

test("an index may name a chart so that a command with its name would do something else", async () => {
    const { ensure } = repository({ "cilium;id": [], "cilium\u001b[31m": [], __proto__: [] });
    expect((await ensure())?.fix).toBe(
        "pulumi config set ciliumChart <a chart name, an oci:// reference or a path>",
    );
});

test("a password or a key in what an index or a redirect leads to is not printed", async () => {
    const urls = ["https://me:s3cret@cdn.class/c.tgz?X-Amz-Signature=s3cret"];
    const { ensure } = repository(
        { cilium: [{ ...released, urls }] },
        { file: Buffer.from("another") },
    );
    const problem = await ensure();
    expect(problem?.message).toContain("https://me:***@cdn.class/c.tgz?X-Amz-Signature=***");
    expect(JSON.stringify(problem)).not.toContain("s3cret");
});

test("a repository that does not answer is a problem with the reason, and nothing is left behind", async () => {
    const failure = new Error("fetch failed", {
        cause: new Error("getaddrinfo ENOTFOUND helm.cilium.io"),
    });
    const problem = await ensureChart(
        chart,
        () => undefined,
        () => Promise.reject(failure),
    );
    expect(problem).toEqual({
        message:
            "chart cilium 1.19.6 could not be downloaded from https://helm.cilium.io/index.yaml (getaddrinfo ENOTFOUND helm.cilium.io).",
        fix: "try again with a connection to it, or pulumi config set ciliumChart <path of a cilium-1.19.6.tgz>",
    });
    expect(existsSync(chartsFolder)).toBe(false);
});

test("a repository whose CA Node.js does not know is a problem with the variable that takes it", async () => {
    const cause = Object.assign(new Error("unable to get local issuer certificate"), {
        code: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    });
    const failure = new Error("fetch failed", { cause });
    const problem = await ensureChart(
        chart,
        () => undefined,
        () => Promise.reject(failure),
    );
    expect(problem?.fix).toBe(
        "export NODE_EXTRA_CA_CERTS=<PEM file of the CA, e.g. your company's>, which Node.js reads beside its own, or pulumi config set ciliumChart <path of a cilium-1.19.6.tgz>",
    );
});

test("a folder that cannot be written to is a problem too", async () => {
    mkdirSync(dirname(chartsFolder), { recursive: true });
    writeFileSync(chartsFolder, "a file in the folder's place");
    const { ensure } = repository({ cilium: [released] });
    expect(await ensure()).toMatchObject({
        message: expect.stringContaining(
            `cannot be written: ${chartsFolder} is a file where a folder is meant.`,
        ) as unknown,
        fix: `mv ${chartsFolder} ${chartsFolder}.old`,
    });
});

test("a version that the repository does not have is a problem that names near ones", async () => {
    const versions = ["1.20.0", "1.19.6", "1.19.5", "1.19.4", "1.18.12", "1.20.0-rc.1"];
    const { ensure } = repository({
        cilium: versions.map((version) => ({ ...released, version })),
    });
    expect(await ensure({ ...chart, version: "1.19.60" })).toEqual({
        message:
            "https://helm.cilium.io/ has no version 1.19.60 of chart cilium; near ones are 1.19.6, 1.19.5, 1.20.0.",
        fix: "pulumi config set ciliumVersion 1.19.6",
    });
});

test("a chart that the repository does not have is a problem that guesses what was meant", async () => {
    const { ensure } = repository({ cilium: [released], tetragon: [] });
    expect(await ensure({ ...chart, chart: "cillium" })).toEqual({
        message: 'https://helm.cilium.io/ has no chart "cillium"; did you mean cilium?',
        fix: "pulumi config set ciliumChart cilium",
    });
    expect(await ensure({ ...chart, chart: "prometheus" })).toEqual({
        message: 'https://helm.cilium.io/ has no chart "prometheus".',
        fix: "pulumi config set ciliumChart <a chart name, an oci:// reference or a path>",
    });
});

test.each([
    ["1.19.60", ["1.20.0", "1.9.9", "1.19.6", "1.19.10"], ["1.19.10", "1.19.6", "1.20.0"]],
    ["1.17.0", ["1.18.0", "1.19.0", "1.20.0"], ["1.18.0", "1.19.0"]],
    ["9.0.0", ["1.18.0", "nonsense"], ["1.18.0"]],
    ["9.0.0", [], []],
])("near %s among %j are %j", (wanted, versions, near) => {
    expect(nearVersions(wanted, versions)).toEqual(near);
});
