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
])("the Helm values %j are the user's business", (values) => {
    expect(messages(values)).toEqual([]);
});

test("in existing clusters the API server's address is the user's, and how pods get addresses is the lab's", () => {
    expect(messages({ k8sServiceHost: "10.0.0.1", k8sServicePort: 443 }, "existing")).toEqual([]);
    expect(messages({ ipam: { mode: "kubernetes" } }, "existing")).toEqual([
        expect.stringContaining("it must be left out: the lab sets it by what the cluster is like"),
    ]);
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
