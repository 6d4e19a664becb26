import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { run } from "../../../../src/machine/run";
import { imageReferences, wantedImages } from "../../../../src/mesh/cilium/images";
import { configWith } from "../../../support/defaultConfig";

const folder = mkdtempSync(join(tmpdir(), "chart-"));
afterAll(() => rmSync(folder, { recursive: true }));

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

/** The part of Cilium's own values.yaml that chooses images. */
const defaults = `
image: {override: ~, repository: quay.io/cilium/cilium, tag: v1.19.6, digest: "${digest("a")}", useDigest: true}
operator:
  enabled: true
  image: {override: ~, repository: quay.io/cilium/operator, tag: v1.19.6, genericDigest: "${digest("b")}", suffix: "", useDigest: true}
clustermesh:
  useAPIServer: false
  apiserver:
    image: {repository: quay.io/cilium/clustermesh-apiserver, tag: v1.19.6, useDigest: false, digest: ""}
    tls: {auto: {enabled: true, method: helm}}
l7Proxy: true
envoy:
  enabled: ~
  image: {repository: quay.io/cilium/cilium-envoy, tag: v1.36, useDigest: false}
certgen: {image: {repository: quay.io/cilium/certgen, tag: v0.4.6}}
hubble:
  enabled: true
  tls: {auto: {method: helm}}
  relay: {enabled: false, image: {repository: quay.io/cilium/hubble-relay, tag: v1.19.6}}
  ui:
    enabled: false
    backend: {image: {repository: quay.io/cilium/hubble-ui-backend, tag: v0.13.5}}
    frontend: {image: {repository: quay.io/cilium/hubble-ui, tag: v0.13.5}}
`;
const chart = join(folder, "cilium");
mkdirSync(join(chart, "templates"), { recursive: true });
writeFileSync(join(chart, "values.yaml"), defaults);

function references(given: Record<string, string> = {}): string[] {
    const config = configWith({ ciliumChart: chart, ...given });
    return imageReferences(wantedImages(config, config.clusters[0]!));
}

const agent = `quay.io/cilium/cilium:v1.19.6@${digest("a")}`;
const operator = `quay.io/cilium/operator-generic:v1.19.6@${digest("b")}`;
const apiserver = "quay.io/cilium/clustermesh-apiserver:v1.19.6";
const lab = { rebelBaseImage: "nginx:1", xWingImage: "curl:2" };

test("they are the chart's three, and those of the lab's manifests", () => {
    expect(references()).toEqual([
        agent,
        operator,
        apiserver,
        expect.stringMatching(/^docker\.io\/library\/nginx:.*@sha256:/),
        expect.stringMatching(/^docker\.io\/curlimages\/curl:.*@sha256:/),
    ]);
});

test("an image that the config names takes the place of its own", () => {
    const own = {
        ...lab,
        ciliumImage: "me/cilium:1",
        ciliumOperatorImage: "me/operator:1",
        clusterMeshApiserverImage: "me/apiserver:1",
    };
    expect(references(own)).toEqual([
        "me/cilium:1",
        "me/operator:1",
        "me/apiserver:1",
        "nginx:1",
        "curl:2",
    ]);
});

test.each<[object, string[]]>([
    [{ l7Proxy: true, envoy: { enabled: true } }, ["quay.io/cilium/cilium-envoy:v1.36"]],
    [
        { clustermesh: { apiserver: { tls: { auto: { method: "cronJob" } } } } },
        ["quay.io/cilium/certgen:v0.4.6"],
    ],
    [{ hubble: { enabled: true } }, []],
    [
        { hubble: { enabled: true, relay: { enabled: true }, ui: { enabled: true } } },
        [
            "quay.io/cilium/hubble-relay:v1.19.6",
            "quay.io/cilium/hubble-ui-backend:v0.13.5",
            "quay.io/cilium/hubble-ui:v0.13.5",
        ],
    ],
    [{ debug: { enabled: true } }, []],
])("Helm values %j add %j", (values, more) => {
    const given = { ...lab, ciliumValues: JSON.stringify(values) };
    expect(references(given)).toEqual([agent, operator, apiserver, ...more, "nginx:1", "curl:2"]);
});

test("a tag set by Helm values is used", () => {
    const values = { image: { tag: "v1.19.7", useDigest: false } };
    expect(references({ ciliumValues: JSON.stringify(values) })[0]).toBe(
        "quay.io/cilium/cilium:v1.19.7",
    );
});

test("a packed chart says the same", async () => {
    const { code } = await run("tar", ["-cf", join(folder, "c.tar"), "-C", folder, "cilium"]);
    expect(code).toBe(0);
    const packed = join(folder, "cilium-1.19.6.tgz");
    const { readFileSync } = jest.requireActual<typeof import("node:fs")>("node:fs");
    writeFileSync(packed, gzipSync(readFileSync(join(folder, "c.tar"))));
    expect(references({ ciliumChart: packed })).toEqual(references());
});

test.each([
    ["that is not here", "oci://quay.io/cilium/charts/cilium"],
    ["that is none", join(folder, "cilium", "values.yaml")],
])("of a chart %s, only the images that the config names are known", (_, ciliumChart) => {
    expect(references({ ...lab, ciliumChart, ciliumImage: "me/cilium:1" })).toEqual([
        "me/cilium:1",
        "nginx:1",
        "curl:2",
    ]);
});

test("a setting that changes no image does not change what a cluster is told", () => {
    const told = (given: Record<string, string>) => {
        const config = configWith({ ciliumChart: chart, ...given });
        return wantedImages(config, config.clusters[0]!);
    };
    const values = { debug: { enabled: true }, bpf: { ctTcpMax: 1 } };
    const changed = told({
        sharedService: "false",
        rebelBaseReplicas: "0",
        ciliumValues: JSON.stringify(values),
    });
    expect(changed).toEqual(told({}));
    expect(told({ xWingImage: "curl:2" })).not.toEqual(told({}));
});
