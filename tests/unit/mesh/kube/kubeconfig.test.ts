import { RequestListener } from "node:http";
import { Server, createServer } from "node:https";
import { AddressInfo } from "node:net";
import * as yaml from "js-yaml";
import {
    apiServerOf,
    isApiReady,
    joinKubeconfigs,
    renameContext,
} from "../../../../src/mesh/kube/kubeconfig";
import { kindKubeconfig } from "../../../support/fakeKind";
import { SelfSigned, selfSigned } from "../../../support/selfSignedCertificate";

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

test.each(noKubeconfigs)("the text %j has no API server, and none that is ready", async (text) => {
    expect(apiServerOf(text)).toBeUndefined();
    expect(await isApiReady(text)).toBe(false);
});

describe("isApiReady", () => {
    const own = selfSigned();
    let server: Server | undefined;
    afterEach(() => {
        server?.closeAllConnections();
        server?.close();
        server = undefined;
    });

    /** An API server that answers so; returns the kubeconfig that trusts an authority. */
    async function serve(listener: RequestListener, trusted: SelfSigned = own): Promise<string> {
        server = createServer({ cert: own.certificate, key: own.key }, listener);
        await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as AddressInfo;
        return kubeconfigOf(port, trusted);
    }

    function kubeconfigOf(port: number, { certificate }: SelfSigned): string {
        const ca = Buffer.from(certificate).toString("base64");
        return kindKubeconfig("x").replace("6443", String(port)).replace("Y2E=", ca);
    }

    test("an API server that answers 200 to /readyz is ready", async () => {
        const asked: (string | undefined)[] = [];
        const kubeconfig = await serve(({ url }, response) => {
            asked.push(url);
            response.end("ok");
        });
        expect(await isApiReady(kubeconfig)).toBe(true);
        expect(asked).toEqual(["/readyz"]);
    });

    test.each([500, 401, 302])("one that answers %i is not", async (code) => {
        const kubeconfig = await serve((_, response) => response.writeHead(code).end());
        expect(await isApiReady(kubeconfig)).toBe(false);
    });

    test("one with a certificate of another authority is not", async () => {
        const kubeconfig = await serve((_, response) => response.end("ok"), selfSigned());
        expect(await isApiReady(kubeconfig)).toBe(false);
    });

    test("one that refuses the connection is not", async () => {
        const kubeconfig = await serve((_, response) => response.end("ok"));
        server!.close();
        expect(await isApiReady(kubeconfig)).toBe(false);
    });

    test("one that says nothing is not, after two seconds", async () => {
        const start = Date.now();
        expect(await isApiReady(await serve(() => undefined))).toBe(false);
        expect(Date.now() - start).toBeGreaterThan(1900);
    });
});
