import {
    ingressOf,
    peerEndpoints,
    peerServiceSpec,
    Ingress,
    peerHost,
} from "../../../src/mesh/cilium/peers";

test("a peer's name is that of a Service in the cluster that calls", () => {
    expect(peerHost("cluster2")).toBe("clustermesh-cluster2.kube-system.svc");
});

test("an address becomes a headless Service with that endpoint", () => {
    expect(peerServiceSpec({ ip: "10.0.0.5" })).toEqual({
        clusterIP: "None",
        ports: [{ name: "etcd", port: 2379 }],
    });
    expect(peerEndpoints({ ip: "10.0.0.5" })).toEqual([{ addresses: ["10.0.0.5"] }]);
});

test("a name becomes a Service that is another name for it", () => {
    const hostname = "a.elb.amazonaws.com";
    expect(peerServiceSpec({ hostname })).toEqual({ type: "ExternalName", externalName: hostname });
    expect(peerEndpoints({ hostname })).toEqual([]);
});

test.each<[Ingress[], Ingress]>([
    [[{ ip: "10.0.0.5" }], { ip: "10.0.0.5" }],
    [[{ ip: "fd00::1" }, { ip: "10.0.0.5" }], { ip: "10.0.0.5" }],
    [[{ hostname: "a" }, { hostname: "b" }], { hostname: "a" }],
    [[{ hostname: "a" }, { ip: "10.0.0.5" }], { ip: "10.0.0.5" }],
    [[], {}],
])("of %j the others call %j", (ingresses, called) => {
    expect(ingressOf(ingresses)).toEqual(called);
});
