import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as yaml from "js-yaml";
import {
    apiServerOf,
    joinKubeconfigs,
    renameContext,
    withTokens,
} from "../../../../src/mesh/kube/kubeconfig";
import { kindKubeconfig } from "../../../support/fakeKind";

test("context, cluster and user get the lab cluster's name, and nothing else changes", () => {
    expect(yaml.load(renameContext(kindKubeconfig("mesh-dev-cluster2"), "cluster2"))).toEqual({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
            {
                name: "cluster2",
                cluster: {
                    "certificate-authority-data": "Y2E=",
                    server: "https://127.0.0.1:6443",
                },
            },
        ],
        contexts: [{ name: "cluster2", context: { cluster: "cluster2", user: "cluster2" } }],
        "current-context": "cluster2",
        users: [{ name: "cluster2", user: { "client-key-data": "a2V5" } }],
    });
});

test("kubeconfigs of several clusters are joined, each with its own server and key", () => {
    const [one, two] = (["cluster1", "cluster2"] as const).map((cluster) =>
        renameContext(
            kindKubeconfig(`mesh-dev-${cluster}`).replace("6443", `1${cluster[7]!}`),
            cluster,
        ),
    );
    expect(yaml.load(joinKubeconfigs([one!, two!]))).toMatchObject({
        kind: "Config",
        "current-context": "cluster1",
        clusters: [
            { name: "cluster1", cluster: { server: "https://127.0.0.1:11" } },
            { name: "cluster2", cluster: { server: "https://127.0.0.1:12" } },
        ],
        contexts: [
            { name: "cluster1", context: { cluster: "cluster1", user: "cluster1" } },
            { name: "cluster2", context: { cluster: "cluster2", user: "cluster2" } },
        ],
        users: [{ name: "cluster1" }, { name: "cluster2" }],
    });
});

test("a long certificate stays on one line, as kubectl wants it", () => {
    const long = kindKubeconfig("mesh-dev-cluster1").replace("Y2E=", "Y2Fh".repeat(500));
    expect(renameContext(long, "cluster1")).toContain(
        `certificate-authority-data: ${"Y2Fh".repeat(500)}\n`,
    );
});

describe("a user whose token is in a file", () => {
    let folder: string;
    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "token-"))));
    afterEach(() => rmSync(folder, { recursive: true }));

    const kubeconfig = (user: object) =>
        yaml.dump({ users: [{ name: "u", user }, null, { name: "v", user: { token: "v" } }] });

    test("has that token, before one that the kubeconfig has", () => {
        const tokenFile = join(folder, "token");
        writeFileSync(tokenFile, "secret\n");
        for (const more of [{}, { token: "old" }]) {
            const { users } = yaml.load(withTokens(kubeconfig({ ...more, tokenFile }))) as {
                users: unknown[];
            };
            expect(users[0]).toEqual({ name: "u", user: { tokenFile, token: "secret" } });
            expect(users[2]).toEqual({ name: "v", user: { token: "v" } });
        }
    });

    test("is told in one sentence where the file cannot be read", () => {
        const tokenFile = join(folder, "gone");
        expect(() => withTokens(kubeconfig({ tokenFile }))).toThrow(
            `${tokenFile} cannot be read: there is no such file`,
        );
    });

    test("and a kubeconfig without one is left as it is", () => {
        const text = kindKubeconfig("x");
        expect(withTokens(text)).toBe(text);
    });
});

const noKubeconfigs = [
    ...["", "garbage", "{", "a: [", "null", "[]", "42", "clusters:", "clusters: []"],
    ...["clusters: [{}]", "clusters: [{cluster: {}}]"],
    "clusters: [{cluster: {server: nowhere, certificate-authority-data: Y2E=}}]",
    kindKubeconfig("x").slice(0, 60),
];

test("a kubeconfig says where its API server is and whom it trusts", () => {
    expect(apiServerOf(kindKubeconfig("x"))).toEqual({
        url: "https://127.0.0.1:6443/readyz",
        ca: Buffer.from("ca"),
    });
});

test("an API server whose CA all trust needs none in the kubeconfig", () => {
    expect(apiServerOf("clusters: [{cluster: {server: 'https://k8s.example.com'}}]")).toEqual({
        url: "https://k8s.example.com/readyz",
        ca: undefined,
    });
});

test.each(noKubeconfigs)("the text %j has no API server", (text) => {
    expect(apiServerOf(text)).toBeUndefined();
});
