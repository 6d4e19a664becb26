import * as fc from "fast-check";
import { isHubbleOn, isHubbleOverruled } from "../../../../src/mesh/cilium/hubble";
import {
    MeshMember,
    Values,
    apiserverPort,
    ciliumValues,
    mergeValues,
} from "../../../../src/mesh/cilium/values";
import { ciliumWith } from "../../../support/defaultConfig";

const mesh: MeshMember[] = [
    { name: "cluster1", id: 1, address: "mesh-dev-cluster1-control-plane" },
    { name: "cluster2", id: 2, address: "mesh-dev-cluster2-control-plane" },
];
const authority = { cert: "Y2VydA==", key: "a2V5" };

/** The values of a member of the mesh in a stack that sets the given keys. */
function valuesOf(member: MeshMember, given: Record<string, string> = {}): Values {
    return ciliumValues(member, mesh, authority, ciliumWith(given));
}

const peers = [
    { name: "cluster1", address: "mesh-dev-cluster1-control-plane", port: 32379 },
    { name: "cluster2", address: "mesh-dev-cluster2-control-plane", port: 32380 },
];

const podAnnotations = { "cilium-global-services/ca": "ecdc91afb5ac" };
const readinessProbe = { periodSeconds: 1, failureThreshold: 30 };
const kvstoremesh = { extraArgs: ["--per-cluster-ready-timeout=1s"], readinessProbe };
const cluster1 = {
    cluster: { name: "cluster1", id: 1 },
    k8sServiceHost: "127.0.0.1",
    k8sServicePort: 6443,
    ipam: { mode: "kubernetes" },
    rollOutCiliumPods: true,
    podAnnotations,
    operator: { replicas: 1, rollOutPods: true },
    bpf: {
        ctTcpMax: 16384,
        ctAnyMax: 8192,
        natMax: 16384,
        neighMax: 16384,
        lbMapMax: 4096,
        policyStatsMapMax: 4096,
    },
    hubble: { enabled: false },
    l7Proxy: false,
    envoy: { enabled: false },
    tls: { ca: authority },
    clustermesh: {
        useAPIServer: true,
        apiserver: {
            podAnnotations,
            readinessProbe,
            kvstoremesh,
            service: { type: "NodePort", nodePort: 32379 },
            tls: {
                auto: {
                    enabled: true,
                    method: "helm",
                    certValidityDuration: 1095,
                    server: { extraDnsNames: ["mesh-dev-cluster1-control-plane"] },
                },
                server: { extraDnsNames: ["mesh-dev-cluster1-control-plane"] },
            },
        },
        config: { enabled: true, clusters: peers },
    },
};

// As a real pair meshed with at its first install.
test("the values of cluster1 are these and no others", () => {
    expect(valuesOf(mesh[0]!)).toStrictEqual(cluster1);
});

test("cluster2 differs by its name, id, port and host name; peers and CA are the same", () => {
    const { clustermesh } = cluster1;
    expect(valuesOf(mesh[1]!)).toStrictEqual({
        ...cluster1,
        cluster: { name: "cluster2", id: 2 },
        clustermesh: {
            ...clustermesh,
            apiserver: {
                ...clustermesh.apiserver,
                service: { type: "NodePort", nodePort: 32380 },
                tls: {
                    auto: {
                        ...clustermesh.apiserver.tls.auto,
                        server: { extraDnsNames: ["mesh-dev-cluster2-control-plane"] },
                    },
                    server: { extraDnsNames: ["mesh-dev-cluster2-control-plane"] },
                },
            },
        },
    });
});

test("the NAT table has no more entries than Cilium allows beside the connection tables", () => {
    const { bpf } = valuesOf(mesh[0]!) as { bpf: Record<string, number> };
    expect(bpf.natMax!).toBeLessThanOrEqual(((bpf.ctTcpMax! + bpf.ctAnyMax!) * 2) / 3);
});

test("another CA makes other pods of agent and clustermesh-apiserver, whatever annotations the stack adds", () => {
    const annotations = (cert: string) => {
        const cilium = ciliumWith({ ciliumValues: '{"podAnnotations": {"mine": "1"}}' });
        const values = ciliumValues(mesh[0]!, mesh, { ...authority, cert }, cilium);
        const { apiserver } = values.clustermesh as { apiserver: Values };
        return [values.podAnnotations, apiserver.podAnnotations];
    };
    expect(annotations(authority.cert)).toEqual([{ ...podAnnotations, mine: "1" }, podAnnotations]);
    const [agent, apiserver] = annotations("b3RoZXI=");
    expect(agent).not.toMatchObject(podAnnotations);
    expect(apiserver).not.toMatchObject(podAnnotations);
});

test("every member has a port of its own, in Kubernetes' range, up to the last id", () => {
    const ports = Array.from({ length: 255 }, (_, index) => apiserverPort(index + 1));
    expect(new Set(ports).size).toBe(255);
    expect(Math.min(...ports)).toBe(32379);
    expect(Math.max(...ports)).toBeLessThanOrEqual(32767);
});

test("in a mesh of any size each member's own entry says where it listens", () => {
    fc.assert(
        fc.property(fc.integer({ min: 1, max: 255 }), (size) => {
            const members = Array.from({ length: size }, (_, index) => ({
                name: `cluster${index + 1}`,
                id: index + 1,
                address: `node${index + 1}`,
            }));
            const member = members[size - 1]!;
            const { clustermesh } = ciliumValues(member, members, authority, ciliumWith()) as {
                clustermesh: typeof cluster1.clustermesh;
            };
            expect(clustermesh.config.clusters).toHaveLength(size);
            expect(clustermesh.config.clusters[size - 1]).toStrictEqual({
                name: member.name,
                address: clustermesh.apiserver.tls.server.extraDnsNames[0],
                port: clustermesh.apiserver.service.nodePort,
            });
        }),
        { numRuns: 20 },
    );
});

test("an image of one's own replaces the chart's whole reference and is not pulled anew", () => {
    const image = (override: string) => ({ override, pullPolicy: "IfNotPresent" });
    expect(
        valuesOf(mesh[0]!, {
            ciliumImage: "cilium:1",
            ciliumOperatorImage: "operator:1",
            clusterMeshApiserverImage: "apiserver:1",
        }),
    ).toStrictEqual({
        ...cluster1,
        image: image("cilium:1"),
        operator: { replicas: 1, rollOutPods: true, image: image("operator:1") },
        clustermesh: {
            ...cluster1.clustermesh,
            apiserver: { ...cluster1.clustermesh.apiserver, image: image("apiserver:1") },
        },
    });
});

test("a time to live of the cache is the chart's value, and none is no value", () => {
    expect(valuesOf(mesh[0]!, { clusterMeshCacheTtl: "30s" })).toStrictEqual({
        ...cluster1,
        clustermesh: { ...cluster1.clustermesh, cacheTTL: "30s" },
    });
    expect(valuesOf(mesh[0]!, { clusterMeshCacheTtl: "0s" })).toStrictEqual(cluster1);
});

describe("hubble", () => {
    const hubble = (given: Record<string, string>) => valuesOf(mesh[0]!, given).hubble;
    const socketOnly = {
        enabled: true,
        relay: { enabled: false },
        ui: { enabled: false },
        listenAddress: "",
        tls: { enabled: false },
    };

    test("is in the agents alone: no relay, no UI, no port, no certificates", () => {
        expect(valuesOf(mesh[0]!, { hubble: "true" })).toStrictEqual({
            ...cluster1,
            hubble: socketOnly,
        });
        expect(valuesOf(mesh[0]!, { hubble: "false" })).toStrictEqual(cluster1);
    });

    test("takes the user's own values, and leaves port and certificates to the chart where something is to reach it", () => {
        const given = (values: object) => ({
            hubble: "true",
            ciliumValues: JSON.stringify({ hubble: values }),
        });
        expect(hubble(given({ eventBufferCapacity: "8191" }))).toStrictEqual({
            ...socketOnly,
            eventBufferCapacity: "8191",
        });
        expect(hubble(given({ relay: { enabled: true } }))).toStrictEqual({
            enabled: true,
            relay: { enabled: true },
            ui: { enabled: false },
        });
        expect(hubble(given({ listenAddress: ":4244" }))).toStrictEqual({
            enabled: true,
            relay: { enabled: false },
            ui: { enabled: false },
            listenAddress: ":4244",
        });
    });

    test.each<[boolean, boolean, Record<string, string>]>([
        [false, false, {}],
        [true, false, { hubble: "true" }],
        [true, false, { ciliumValues: '{"hubble":{"enabled":true}}' }],
        [false, true, { hubble: "true", ciliumValues: '{"hubble":{"enabled":false}}' }],
        [false, false, { ciliumValues: '{"hubble":{"enabled":"true"}}' }],
    ])("is on: %s, switched off by the Helm values: %s, with %j", (isOn, isOverruled, given) => {
        const cilium = ciliumWith(given);
        expect([isHubbleOn(cilium), isHubbleOverruled(cilium)]).toEqual([isOn, isOverruled]);
    });
});

test("more values are merged over the lab's own", () => {
    const more = {
        operator: { resources: { requests: { cpu: "1m" } } },
        clustermesh: { maxConnectedClusters: 511 },
        debug: { enabled: true },
        l7Proxy: true,
    };
    expect(valuesOf(mesh[0]!, { ciliumValues: JSON.stringify(more) })).toStrictEqual({
        ...cluster1,
        operator: { replicas: 1, rollOutPods: true, resources: { requests: { cpu: "1m" } } },
        clustermesh: { ...cluster1.clustermesh, maxConnectedClusters: 511 },
        debug: { enabled: true },
        l7Proxy: true,
    });
});

test.each<[string, Values, Values, Values]>([
    [
        "objects key by key",
        { a: { b: 1, c: { d: 2 } } },
        { a: { c: { e: 3 } } },
        { a: { b: 1, c: { d: 2, e: 3 } } },
    ],
    ["lists as a whole", { a: [1, 2, 3] }, { a: [4] }, { a: [4] }],
    ["a list over an object", { a: { b: 1 } }, { a: [] }, { a: [] }],
    ["an object over a list", { a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
    ["an object over a text", { a: "x" }, { a: { b: 1 } }, { a: { b: 1 } }],
    ["a text over an object", { a: { b: 1 } }, { a: "x" }, { a: "x" }],
    ["false and 0 over others", { a: true, b: 1 }, { a: false, b: 0 }, { a: false, b: 0 }],
    ["null, which takes the key away in Helm", { a: { b: 1 } }, { a: null }, { a: null }],
    ["nothing by an empty object", { a: { b: 1 } }, { a: {} }, { a: { b: 1 } }],
])("mergeValues replaces %s", (_, base, over, merged) => {
    expect(mergeValues(base, over)).toStrictEqual(merged);
});

const anyValues: fc.Arbitrary<Values> = fc.dictionary(
    fc.constantFrom("a", "b", "c"),
    fc.oneof(
        fc.constantFrom(1, "x", null, false),
        fc.array(fc.integer(), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom("a", "b"), fc.constantFrom(1, "y"), {
            noNullPrototype: true,
        }),
    ),
    { noNullPrototype: true },
);

test("merging changes none of its arguments; nothing over anything is that, and vice versa", () => {
    fc.assert(
        fc.property(anyValues, anyValues, (base, over) => {
            const before = structuredClone([base, over]);
            mergeValues(base, over);
            expect([base, over]).toStrictEqual(before);
            expect(mergeValues(base, {})).toStrictEqual(base);
            expect(mergeValues({}, over)).toStrictEqual(over);
        }),
    );
});

test("what is merged last wins, and once more changes nothing", () => {
    fc.assert(
        fc.property(anyValues, anyValues, (base, over) => {
            const merged = mergeValues(base, over);
            expect(merged).toMatchObject(over);
            expect(mergeValues(merged, over)).toStrictEqual(merged);
        }),
    );
});

test("values named like JavaScript's own properties reach no prototype", () => {
    const over = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"polluted":1}}') as Values;
    mergeValues({}, over);
    expect(({} as Values).polluted).toBeUndefined();
    expect(Object).not.toHaveProperty("polluted");
});

test("a mesh that gets another size gets new pods of agent and clustermesh-apiserver; one of two has no mark of it", () => {
    const annotations = (size: number) => {
        const members = [1, 2, 3, 4].slice(0, size).map((id) => ({
            name: `cluster${id}`,
            id,
            address: `mesh-dev-cluster${id}-control-plane`,
        }));
        const values = ciliumValues(members[0]!, members, authority, ciliumWith());
        const { apiserver } = values.clustermesh as { apiserver: Values };
        return [values.podAnnotations, apiserver.podAnnotations];
    };
    const marked = (clusters: string) => ({
        ...podAnnotations,
        "cilium-global-services/clusters": clusters,
    });
    expect(annotations(2)).toEqual([podAnnotations, podAnnotations]);
    const three = marked("cluster1,cluster2,cluster3");
    expect(annotations(3)).toEqual([three, three]);
    const four = marked("cluster1,cluster2,cluster3,cluster4");
    expect(annotations(4)).toEqual([four, four]);
});

describe("a member that is not a kind cluster", () => {
    const withPeer = (changes: Partial<MeshMember>) => {
        const member = { ...mesh[0]!, ...changes };
        const values = ciliumValues(member, [member], authority, ciliumWith());
        const { apiserver, config } = values.clustermesh as {
            apiserver: { service: object; tls: { server: object } };
            config: { clusters: object[] };
        };
        return {
            service: apiserver.service,
            server: apiserver.tls.server,
            peer: config.clusters[0],
        };
    };

    test("is called at its own port, and one that a node has for Services is the NodePort", () => {
        expect(withPeer({ address: "mesh.example.com", port: 31000 })).toEqual({
            service: { type: "NodePort", nodePort: 31000 },
            server: { extraDnsNames: ["mesh.example.com"] },
            peer: { name: "cluster1", address: "mesh.example.com", port: 31000 },
        });
    });

    test.each([443, 29999, 32768])("behind port %i the NodePort stays the usual one", (port) => {
        expect(withPeer({ address: "mesh.example.com", port })).toMatchObject({
            service: { type: "NodePort", nodePort: 32379 },
            peer: { port },
        });
    });

    test("with an IP address has that in its certificate", () => {
        expect(withPeer({ address: "10.0.0.5" }).server).toEqual({
            extraIpAddresses: ["10.0.0.5"],
        });
    });

    test("behind a load balancer needs no NodePort", () => {
        expect(withPeer({ port: 2379, isBalanced: true })).toMatchObject({
            service: { type: "ClusterIP" },
            peer: { port: 2379 },
        });
    });

    test("has its own values in the place of the lab's, below the user's", () => {
        const member = {
            ...mesh[0]!,
            values: { ipam: { mode: "cluster-pool" }, commonLabels: { a: "b" } },
        };
        const cilium = ciliumWith({ ciliumValues: '{"commonLabels":{"c":"d"}}' });
        const values = ciliumValues(member, mesh, authority, cilium);
        expect(values.clustermesh).toMatchObject({
            apiserver: {
                podAnnotations: {
                    ...podAnnotations,
                    "cilium-global-services/address": "mesh-dev-cluster1-control-plane",
                },
            },
        });
        expect(values.bpf).toBeUndefined();
        expect(values.ipam).toEqual({ mode: "cluster-pool" });
        expect(values.commonLabels).toEqual({ a: "b", c: "d" });
    });
});
