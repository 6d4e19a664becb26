import { ciliumValuesProblems } from "../../../src/config/ciliumValues";
import { readProject } from "../../../src/config/declaration";
import { parseLabConfig } from "../../../src/config/parseLabConfig";

const messages = (values: object, provider = "kind") =>
    ciliumValuesProblems(values as Record<string, unknown>, provider).map(({ message }) => message);

test.each<[object, string]>([
    [
        { cluster: { id: 7 } },
        'ciliumValues sets cluster.id to "7"; it must be left out: the lab gives each cluster its own, and two with one do not mesh.',
    ],
    [
        { ipam: { mode: "cluster-pool" } },
        'ciliumValues sets ipam.mode to "cluster-pool"; it must be kubernetes or left out: with any other, podCidr is not the pods\' range.',
    ],
    [
        { clustermesh: { useAPIServer: false } },
        'ciliumValues sets clustermesh.useAPIServer to "false"; it must be true or left out: without it there is no mesh.',
    ],
    [{ clustermesh: null }, 'ciliumValues sets clustermesh to "null"; it must be an object.'],
    [
        { clustermesh: { config: [] } },
        'ciliumValues sets clustermesh.config to "[]"; it must be an object.',
    ],
    [{ tls: { ca: { cert: "x" } } }, "ciliumValues sets tls.ca to"],
    [{ identityAllocationMode: "kvstore" }, "it must be crd or left out"],
    [{ clustermesh: { config: { clusters: [] } } }, "the lab sets every cluster's peers"],
    [{ clustermesh: { apiserver: { tls: { auto: { method: "certmanager" } } } } }, "one authority"],
    [{ clustermesh: { apiserver: { service: { type: "ClusterIP" } } } }, "the peers are told"],
    [{ operator: { enabled: false } }, "no agent becomes ready"],
    [{ agent: false }, "without it there is no network"],
    [{ ipv4: { enabled: false } }, "all ranges of the lab are IPv4"],
    [{ k8sServiceHost: "10.0.0.1" }, "it must be 127.0.0.1 or left out"],
    [{ agent: {} }, 'ciliumValues sets agent to "{}"; it must be true or left out'],
    [{ agent: ["true"] }, "it must be true or left out"],
    [{ cluster: { id: {} } }, 'ciliumValues sets cluster.id to "{}"; it must be left out'],
    [{ cluster: { id: null } }, 'ciliumValues sets cluster.id to "null"; it must be left out'],
    [{ clustermesh: { config: { clusters: {} } } }, "the lab sets every cluster's peers"],
    [{ clustermesh: { apiserver: { replicas: 0 } } }, "it must be 1 or more, or left out"],
    [{ operator: { replicas: "0" } }, "it must be 1 or more, or left out: without it no agent"],
    [{ operator: { replicas: true } }, "it must be 1 or more, or left out"],
    [{ namespaceOverride: "cilium" }, "it must be empty or left out: the lab looks for Cilium in"],
    [{ name: "cni" }, "it must be cilium or left out"],
    [{ policyEnforcementMode: "always" }, "it must be default or left out: the rule of who"],
    [{ ipv6: { enabled: true } }, "the lab's clusters have no IPv6"],
    [{ cni: { install: false } }, "without it no pod gets a network"],
    [{ cni: { chainingMode: "generic-veth" } }, "it must be none, empty or left out"],
    [{ eni: { enabled: true } }, "kind's nodes are in no cloud"],
    [{ etcd: { enabled: true } }, "the lab has no key-value store"],
    [{ k8s: { apiServerURLs: "https://10.0.0.1:6443" } }, "the same one in every cluster"],
    [{ hubble: null }, 'ciliumValues sets hubble to "null"; it must be an object: the lab sets'],
    [{ podAnnotations: "none" }, "it must be an object"],
    [{ extraConfig: { "cluster-id": "7" } }, "ciliumValues sets extraConfig.cluster-id to"],
    [{ extraConfig: { "enable-policy": "never" } }, "networkPolicy, count on it"],
    [
        { extraArgs: ["--debug", "--cluster-id=7"] },
        "ciliumValues has --cluster-id in extraArgs; it must be left out: the lab gives each cluster its own.",
    ],
    [
        { clustermesh: { apiserver: { extraArgs: ["--cluster-name", "x"] } } },
        "ciliumValues has --cluster-name in clustermesh.apiserver.extraArgs",
    ],
    [
        { routingMode: "native", ipv4NativeRoutingCIDR: "10.0.0.0/8" },
        'ciliumValues sets routingMode to "native" without autoDirectNodeRoutes, so that no pod reaches one of another cluster.',
    ],
    [
        { "cluster.id": 7 },
        'ciliumValues has the key "cluster.id", whose dots are a part of its name here, so that no chart reads it.',
    ],
])("of a kind lab the Helm values %j are refused", (values, message) => {
    expect(messages(values)).toEqual([expect.stringContaining(message)]);
});

test.each<object>([
    {},
    { debug: { enabled: true } },
    { cluster: {} },
    { ipam: { mode: "kubernetes" } },
    { clustermesh: { useAPIServer: true, apiserver: { podAnnotations: { made: "anew" } } } },
    { clustermesh: { apiserver: { service: { annotations: { "a.b/c": "d" } }, replicas: 2 } } },
    { operator: { replicas: 2 } },
    { hubble: { enabled: true, relay: { enabled: true }, ui: { enabled: true } } },
    { tls: { secretsBackend: "k8s" } },
    { clustermesh: { apiserver: { tls: { auto: { method: "cronJob" } } } } },
    { k8sServicePort: "6443" },
    {
        agent: "true",
        operator: { replicas: "2" },
        clustermesh: { apiserver: { tls: { server: {} } } },
    },
    { routingMode: "native", autoDirectNodeRoutes: true, ipv4NativeRoutingCIDR: "10.0.0.0/8" },
    { routingMode: "tunnel", tunnelProtocol: "geneve", kubeProxyReplacement: true },
    { encryption: { enabled: true, type: "wireguard" } },
    { clustermesh: { maxConnectedClusters: 511, policyDefaultLocalCluster: false } },
    { namespaceOverride: "", policyEnforcementMode: "default", ipv6: { enabled: false } },
    { extraConfig: { "clustermesh-sync-timeout": "5m" }, extraArgs: ["--debug-verbose=flow"] },
    { podAnnotations: { "a.b/c": "d" }, nodeSelector: { "kubernetes.io/os": "linux" } },
])("the Helm values %j are the user's business", (values) => {
    expect(messages(values)).toEqual([]);
});

test("in existing clusters the API server's address is the user's, and how pods get addresses is the lab's", () => {
    expect(messages({ k8sServiceHost: "10.0.0.1", k8sServicePort: 443 }, "existing")).toEqual([]);
    expect(messages({ ipam: { mode: "kubernetes" } }, "existing")).toEqual([
        expect.stringContaining("it must be left out: the lab sets it by what the cluster is like"),
    ]);
});

test("in existing clusters what tells the stack's objects from others' stays", () => {
    expect(messages({ commonLabels: null }, "existing")).toEqual([
        expect.stringContaining("ciliumValues sets commonLabels to"),
    ]);
    expect(
        messages({ commonLabels: { "cilium-global-services/stack": "mine" } }, "existing"),
    ).toEqual([expect.stringContaining("it tells what is this stack's")]);
    expect(messages({ commonLabels: { team: "mesh" } }, "existing")).toEqual([]);
    // Such clusters may have both families, routes of their own, and a network that is chained to.
    const theirs = { ipv6: { enabled: true }, routingMode: "native", cni: { customConf: true } };
    expect(messages(theirs, "existing")).toEqual([]);
});

test.each<[object, string]>([
    [
        { "debug.enabled": true },
        `pulumi config rm --path 'ciliumValues["debug.enabled"]'; what is meant is set with pulumi config set --path ciliumValues.debug.enabled <value>`,
    ],
    [{ "cluster.id": 7 }, `pulumi config rm --path 'ciliumValues["cluster.id"]'`],
    [{ "a.$(b)": 1 }, "take it out of the stack's config file"],
    [{ extraArgs: ["--ipam=x"] }, "pulumi config rm --path 'ciliumValues.extraArgs[0]'"],
])("the fix of %j can be copied to a shell", (values, fix) => {
    const [problem] = ciliumValuesProblems(values as Record<string, unknown>, "kind");
    expect(problem?.fix).toBe(fix);
});

test("all that is wrong is told at once, with the command that takes it out", () => {
    const ciliumValues = JSON.stringify({ cluster: { name: "x", id: 1 }, agent: false });
    const { problems } = parseLabConfig({ ciliumValues, xWingReplicas: "0" }, readProject());
    expect(problems.map(({ fix }) => fix)).toEqual([
        "pulumi config set xWingReplicas 2",
        "pulumi config rm --path ciliumValues.agent",
        "pulumi config rm --path ciliumValues.cluster.name",
        "pulumi config rm --path ciliumValues.cluster.id",
    ]);
});
