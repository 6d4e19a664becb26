import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import * as yaml from "js-yaml";
import { kubeconfigPath } from "../../../../src/machine/names";
import { kubeconfigFiles, minifiedKubeconfig } from "../../../../src/mesh/existing/userKubeconfig";
import { apiServerOf } from "../../../../src/mesh/kube/kubeconfig";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kubeconfig-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "aws",
    args: ["eks", "get-token"],
    env: [{ name: "AWS_PROFILE", value: "lab" }],
    interactiveMode: "IfAvailable",
};

const two = {
    clusters: [
        {
            name: "east",
            cluster: { server: "https://east:6443", "certificate-authority-data": "Q0E=" },
        },
        { name: "west", cluster: { server: "https://west", "tls-server-name": "api" } },
    ],
    users: [
        { name: "eva", user: { exec } },
        { name: "wim", user: { token: "t" } },
    ],
    contexts: [
        { name: "to-east", context: { cluster: "east", user: "eva", namespace: "shop" } },
        { name: "to-west", context: { cluster: "west", user: "wim" } },
    ],
    "current-context": "to-west",
};

function write(name: string, content: object | string): string {
    const path = join(folder, name);
    writeFileSync(path, typeof content === "string" ? content : yaml.dump(content));
    return path;
}

test("the minified kubeconfig has that one context, named like the lab's cluster, without its namespace", () => {
    const file = write("config", two);
    const before = readFileSync(file, "utf8");
    expect(yaml.load(minifiedKubeconfig([file], "to-east", "cluster1"))).toEqual({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "cluster1", cluster: two.clusters[0]!.cluster }],
        users: [{ name: "cluster1", user: { exec } }],
        contexts: [{ name: "cluster1", context: { cluster: "cluster1", user: "cluster1" } }],
        "current-context": "cluster1",
    });
    expect(readFileSync(file, "utf8")).toBe(before);
});

test("files that it names are put into it or named in full, as kubectl finds them", () => {
    mkdirSync(join(folder, "pki"));
    for (const name of ["ca", "cert", "key"]) {
        write(join("pki", name), `the ${name}`);
    }
    const file = write("config", {
        clusters: [
            { name: "c", cluster: { server: "https://s", "certificate-authority": "pki/ca" } },
        ],
        users: [
            {
                name: "u",
                user: {
                    "client-certificate": join(folder, "pki", "cert"),
                    "client-key": "pki/key",
                    tokenFile: "token",
                    exec: { command: "./login" },
                },
            },
        ],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    });
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    expect(yaml.load(minifiedKubeconfig([file], "x", "n"))).toMatchObject({
        clusters: [
            { cluster: { server: "https://s", "certificate-authority-data": base64("the ca") } },
        ],
        users: [
            {
                user: {
                    "client-certificate-data": base64("the cert"),
                    "client-key-data": base64("the key"),
                    tokenFile: join(folder, "token"),
                    exec: { command: join(folder, "login") },
                },
            },
        ],
    });
});

test("of several files the first that has a name wins, and those that are not there do not matter", () => {
    const first = write("first", {
        contexts: [{ name: "to-east", context: { cluster: "west", user: "wim" } }],
    });
    const files = [join(folder, "none"), first, write("second", two)];
    expect(yaml.load(minifiedKubeconfig(files, "to-east", "n"))).toMatchObject({
        clusters: [{ cluster: { server: "https://west" } }],
        users: [{ user: { token: "t" } }],
    });
});

/** A kubeconfig with one context `x` and these fields of its cluster and user. */
function withParts(cluster: object, user: object = {}) {
    return {
        clusters: [{ name: "c", cluster: { server: "https://c", ...cluster } }],
        users: [{ name: "u", user }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    };
}

test.each<[string, object | string, RegExp]>([
    ["an unknown context", two, /config has no context "x", only "to-east", "to-west"$/],
    ["no context at all", "", /config has no context "x", no context$/],
    [
        "a context without its cluster",
        { contexts: [{ name: "x", context: { cluster: "c", user: "u" } }] },
        /^context "x" names the cluster "c", which \S+ does not have$/,
    ],
    [
        "a context without its user",
        {
            clusters: two.clusters,
            contexts: [{ name: "x", context: { cluster: "east", user: "u" } }],
        },
        /^context "x" names the user "u", which \S+ does not have$/,
    ],
    [
        "a file that is named and not there",
        {
            clusters: [{ name: "c", cluster: { "certificate-authority": "ca.crt" } }],
            users: two.users,
            contexts: [{ name: "x", context: { cluster: "c", user: "eva" } }],
        },
        /^the kubeconfig names the file \S+\/ca\.crt, which is not there$/,
    ],
    [
        "a name that a file has twice",
        { ...two, contexts: ["x", "x"].map((name) => ({ ...two.contexts[0], name })) },
        /^one kubeconfig file has several contexts of the name "x", and kubectl takes none of them: rename all but one$/,
    ],
    [
        "a token that is a number",
        withParts({}, { token: 123 }),
        /^the user "u" of \S+ has a token that is no text: write it in quotes$/,
    ],
    [
        "a certificate that is a mapping",
        withParts({ "certificate-authority-data": {} }),
        /^the cluster "c" of \S+ has a certificate-authority-data that is no text: write it in quotes$/,
    ],
    [
        "an address without TLS",
        withParts({ server: "http://127.0.0.1:8001" }),
        /^the cluster "c" of \S+ is asked without TLS, which .* insecure-skip-tls-verify: true$/,
    ],
    [
        "a proxy of which nobody knows how to ask it",
        withParts({ "proxy-url": "proxy.company:3128" }),
        /^the cluster "c" of \S+ has the proxy-url "proxy\.company:3128": it must be http:/,
    ],
    ["several documents", "a: 1\n---\na: 2\n", /^the kubeconfig file \S+ cannot be read \(.+\)$/],
    ["no YAML", "a: [", /^the kubeconfig file \S+ cannot be read \(.+\)$/],
])("%s is told in one sentence", (_, content, sentence) => {
    const file = write("config", content);
    expect(() => minifiedKubeconfig([file], "x", "n")).toThrow(sentence);
});

test("a user of a provider that kubectl has no more is refused: the client would run its program in a shell, without an end", () => {
    const provider = { name: "gcp", config: { "cmd-path": "sleep", "cmd-args": "infinity" } };
    const file = write("config", withParts({}, { "auth-provider": provider }));
    expect(() => minifiedKubeconfig([file], "x", "n")).toThrow(
        `the user "u" of ${file} has the auth-provider "gcp", which kubectl has no more since 1.26: use its credential plugin (exec:)`,
    );
    const oidc = { name: "oidc", config: { "id-token": "t" } };
    const kept = write("oidc", withParts({}, { "auth-provider": oidc }));
    expect(minifiedKubeconfig([kept], "x", "n")).toContain("name: oidc");
});

test.each(["as-groups", "as-uid", "as-user-extra"])(
    "a user with %s, whom the lab's own requests could not be, is refused",
    (field) => {
        const users = [{ name: "eva", user: { token: "t", as: "root", [field]: ["x"] } }];
        const file = write("config", { ...two, users });
        expect(() => minifiedKubeconfig([file], "to-east", "n")).toThrow(
            `the user "eva" of ${file} has ${field}, which the lab's own requests cannot send`,
        );
    },
);

test("a file that is not there is told", () => {
    expect(() => minifiedKubeconfig(["/none/config"], "x", "n")).toThrow(
        "there is no kubeconfig file /none/config",
    );
});

test("the files are the given one, else KUBECONFIG's, else kubectl's own", () => {
    expect(kubeconfigFiles("/a", { KUBECONFIG: "/b" })).toEqual(["/a"]);
    expect(kubeconfigFiles("~/a", {})).toEqual([join(homedir(), "a")]);
    expect(kubeconfigFiles("", { KUBECONFIG: "/b::/c" })).toEqual(["/b", "/c"]);
    const own = join(homedir(), ".kube", "config");
    expect(kubeconfigFiles("", {})).toEqual([own]);
    expect(kubeconfigFiles("", { KUBECONFIG: "" })).toEqual([own]);
});

test("the lab's own files in KUBECONFIG are not taken for the user's", () => {
    const labs = kubeconfigPath("dev", "cluster1");
    expect(kubeconfigFiles("", { KUBECONFIG: `${labs}:/b` })).toEqual(["/b"]);
    expect(kubeconfigFiles("", { KUBECONFIG: labs })).toEqual([join(homedir(), ".kube", "config")]);
});

describe("a kubeconfig whose entries lack their parts is one sentence", () => {
    const damaged: [string, unknown, string][] = [
        [
            "a context without a cluster",
            { contexts: [{ name: "a", context: { user: "u" } }] },
            "names no cluster",
        ],
        [
            "a context without a user",
            { contexts: [{ name: "a", context: { cluster: "c" } }] },
            "names no user",
        ],
        ["a context that is empty", { contexts: [{ name: "a" }] }, "is no mapping"],
        ["a context that is null", { contexts: [null] }, "has no context"],
        ["contexts that are no list", { contexts: "a" }, "has no context"],
        ["a text", "a", "it is no kubeconfig"],
        ["a list", [1], "has no context"],
        [
            "a cluster that is empty",
            {
                contexts: [{ name: "a", context: { cluster: "c", user: "u" } }],
                clusters: [null],
                users: [7],
            },
            "names the cluster",
        ],
    ];
    test.each(damaged)("%s", (_, content, sentence) => {
        const file = join(folder, "config");
        writeFileSync(file, yaml.dump(content));
        expect(() => minifiedKubeconfig([file], "a", "cluster1")).toThrow(sentence);
    });

    test("and so is a machine without a home folder", () => {
        const os = jest.requireActual<typeof import("node:os")>("node:os");
        const home = jest.spyOn(os, "homedir").mockImplementation(() => {
            throw new Error("ENOENT: uv_os_homedir");
        });
        expect(() => kubeconfigFiles("", {})).toThrow("HOME is not set");
        expect(kubeconfigFiles("", { HOME: "/home/me" })).toEqual(["/home/me/.kube/config"]);
        home.mockRestore();
    });
});

describe("of kubeconfigs as they should not be", () => {
    /** What is told of a kubeconfig with this content, or the kubeconfig that is made of it. */
    function outcome(content: unknown): string {
        const file = join(folder, "config");
        writeFileSync(file, JSON.stringify(content));
        try {
            return minifiedKubeconfig([file], "mine", "cluster1");
        } catch (error) {
            expect(error).not.toBeInstanceOf(TypeError);
            return (error as Error).message;
        }
    }

    const odd = fc.constantFrom<unknown>(
        null,
        undefined,
        0,
        "",
        "x",
        [],
        {},
        [null],
        { a: 1 },
        true,
    );
    const server = fc.oneof(
        fc.constantFrom("https://h:6443", "h:6443", "https://", "ftp://h"),
        odd,
    );
    const part = (field: string, content: fc.Arbitrary<unknown>) =>
        fc.oneof(
            {
                weight: 4,
                arbitrary: fc.array(
                    fc.record(
                        {
                            name: fc.constantFrom("mine", "other", 1),
                            [field]: fc.oneof(content, odd),
                        },
                        { requiredKeys: [] },
                    ),
                    { maxLength: 2 },
                ),
            },
            odd,
        );
    const content = fc.record(
        {
            contexts: part(
                "context",
                fc.record(
                    {
                        cluster: fc.oneof(fc.constant("mine"), odd),
                        user: fc.oneof(fc.constant("mine"), odd),
                    },
                    { requiredKeys: [] },
                ),
            ),
            clusters: part(
                "cluster",
                fc.record({ server, "certificate-authority": odd }, { requiredKeys: [] }),
            ),
            users: part(
                "user",
                fc.record(
                    {
                        exec: fc.oneof(odd, fc.record({ command: odd })),
                        tokenFile: odd,
                        "client-key": odd,
                    },
                    { requiredKeys: [] },
                ),
            ),
        },
        { requiredKeys: [] },
    );

    test("each is a sentence about it, or a kubeconfig that leads somewhere", () => {
        fc.assert(
            fc.property(fc.oneof({ weight: 9, arbitrary: content }, odd), (given) => {
                const text = outcome(given ?? null);
                if (text.startsWith("apiVersion: v1\n")) {
                    expect(apiServerOf(text)?.url).toMatch(/^https?:/);
                } else {
                    expect(text).toMatch(/^(the|there|one|context|\/)[^\n]*$/);
                }
            }),
            { numRuns: 300 },
        );
    });

    test("a cluster without its server is named", () => {
        const entry = { name: "mine", context: { cluster: "mine", user: "mine" } };
        const users = [{ name: "mine", user: {} }];
        for (const cluster of [null, {}, { server: "" }, { server: "10.0.0.1:6443" }, undefined]) {
            const clusters = [{ name: "mine", cluster }];
            expect(outcome({ contexts: [entry], clusters, users })).toContain(
                'the cluster "mine" of ' +
                    join(folder, "config") +
                    " has no server: it must be the URL",
            );
        }
    });

    test("a relative KUBECONFIG is meant from where npm was called", () => {
        const env = { KUBECONFIG: "a:/b::./c", INIT_CWD: "/work/sub" };
        expect(kubeconfigFiles("", env)).toEqual(["/work/sub/a", "/b", "/work/sub/c"]);
    });
});
