import * as fc from "fast-check";
import * as yaml from "js-yaml";
import {
    KindClusterSpec,
    clusterIdentity,
    identityLabel,
    kindConfig,
    kindConfigYaml,
} from "../../../../src/mesh/kind/kindConfig";
import { kubeadmPatches } from "../../../../src/mesh/kind/kubeadmPatches";

const spec: KindClusterSpec = {
    name: "mesh-dev-cluster1",
    nodeImage: "kindest/node:v1.34.3",
    podCidr: "10.1.0.0/16",
    serviceCidr: "10.101.0.0/16",
    token: "0123456789abcdef",
};

test("a cluster is one node without a CNI, its ranges its own, its API on the loopback only", () => {
    expect(kindConfig(spec)).toStrictEqual({
        kind: "Cluster",
        apiVersion: "kind.x-k8s.io/v1alpha4",
        name: "mesh-dev-cluster1",
        networking: {
            apiServerAddress: "127.0.0.1",
            disableDefaultCNI: true,
            podSubnet: "10.1.0.0/16",
            serviceSubnet: "10.101.0.0/16",
        },
        nodes: [
            {
                role: "control-plane",
                image: "kindest/node:v1.34.3",
                labels: { "cilium-global-services/identity": clusterIdentity(spec) },
            },
        ],
        kubeadmConfigPatches: kubeadmPatches(spec.nodeImage),
    });
});

test("kube-proxy stays as kind has it", () => {
    expect(kindConfig(spec).networking).not.toHaveProperty("kubeProxyMode");
});

test("the identity changes with all that makes the cluster, and with nothing else", () => {
    const changes: Partial<KindClusterSpec>[] = [
        {},
        { name: "mesh-dev-cluster2" },
        { nodeImage: "kindest/node:v1.33.1" },
        { podCidr: "10.3.0.0/16" },
        { serviceCidr: "10.103.0.0/16" },
        { token: "fedcba9876543210" },
        // What one field ends with may not count as what the next begins with.
        { podCidr: "10.1.0.0/161", serviceCidr: "0.101.0.0/16" },
    ];
    const identities = changes.map((change) => clusterIdentity({ ...spec, ...change }));
    expect(new Set(identities).size).toBe(changes.length);
    expect(clusterIdentity({ ...spec })).toBe(clusterIdentity(spec));
});

test("the identity is legal as the value of a Kubernetes label, its name as a label's", () => {
    expect(clusterIdentity(spec)).toMatch(/^[a-z0-9]{1,63}$/);
    expect(identityLabel).toMatch(/^[a-z0-9.-]{1,253}\/[a-z0-9.-]{1,63}$/);
});

test("the YAML on kind's standard input is the config, whatever its texts look like", () => {
    expect(yaml.load(kindConfigYaml(spec))).toStrictEqual(kindConfig(spec));
    // Names that need quotes, and many identities.
    fc.assert(
        fc.property(fc.record({ name: fc.string(), token: fc.string() }), (texts) => {
            const other = { ...spec, ...texts };
            expect(yaml.load(kindConfigYaml(other))).toStrictEqual(kindConfig(other));
        }),
        { numRuns: 300 },
    );
});

test("an identity that looks like a number stays text", () => {
    const isNumber = (text: string) => Number.isFinite(Number(text));
    const token = Array.from({ length: 10_000 }, (_, index) => String(index)).find((candidate) =>
        isNumber(clusterIdentity({ ...spec, token: candidate })),
    )!;
    const text = kindConfigYaml({ ...spec, token });
    expect(text).toMatch(/cilium-global-services\/identity: '[0-9e]+'\n/);
});

test("a long image reference stays on its line", () => {
    const nodeImage = `kindest/node:v1.34.3@sha256:${"0".repeat(64)}-${"x".repeat(200)}`;
    expect(kindConfigYaml({ ...spec, nodeImage })).toContain(`image: ${nodeImage}\n`);
});
