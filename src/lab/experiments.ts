import gte from "semver/functions/gte";

/** One change of a running lab whose effect on requests is measured, and the way back from it. */
export interface Experiment {
    /** What one types. */
    readonly name: string;
    /** What it is about, in a few words. */
    readonly title: string;
    /** What the lab's keys are before; the others have their defaults. */
    readonly from: Readonly<Record<string, string>>;
    /** What changes. Where nothing does, a pod of cluster1's rebel-base is killed. */
    readonly to: Readonly<Record<string, string>>;
    /** The oldest Cilium that has what it changes; left out where all have. */
    readonly since?: string;
}

const ttl = { clusterMeshCacheTtl: "30s" };
const ofApiserver = { outageOf: "clustermesh-apiserver" };
const cluster2Away = { outage: "cluster2" };

/** Every experiment that has a name. */
export const experiments: readonly Experiment[] = [
    {
        name: "scale-to-0",
        title: "no rebel-base in cluster1 any more",
        from: {},
        to: { rebelBaseReplicas: "0" },
    },
    {
        name: "kill-a-pod",
        title: "one of cluster1's rebel-base pods is killed",
        from: {},
        to: {},
    },
    {
        name: "not-shared",
        title: "not shared: cluster1 keeps its backends to itself",
        from: {},
        to: { sharedService: "false" },
    },
    {
        name: "not-global",
        title: "not global: cluster1 leaves the service",
        from: {},
        to: { globalService: "false" },
    },
    {
        name: "affinity-local",
        title: "affinity local: cluster1 prefers its own backends",
        from: {},
        to: { serviceAffinity: "local" },
    },
    {
        name: "affinity-remote",
        title: "affinity remote: cluster1 prefers the others' backends",
        from: {},
        to: { serviceAffinity: "remote" },
    },
    {
        name: "namespace-local",
        title: "namespace not global: cluster1's backends stay at home",
        from: {},
        to: { globalNamespace: "false" },
        since: "1.20.0-0",
    },
    {
        name: "network-policy",
        title: "network policy: cluster1 lets in its own clients only",
        from: {},
        to: { networkPolicy: "cluster1-only" },
    },
    {
        name: "outage",
        title: "all of cluster2 dies, without a TTL",
        from: {},
        to: cluster2Away,
    },
    {
        name: "outage-with-ttl",
        title: "all of cluster2 dies, with a TTL of 30 s",
        from: ttl,
        to: cluster2Away,
        since: "1.19.0-0",
    },
    {
        name: "apiserver-outage",
        title: "no clustermesh-apiserver in cluster2, without a TTL",
        from: ofApiserver,
        to: cluster2Away,
    },
    {
        name: "apiserver-outage-with-ttl",
        title: "no clustermesh-apiserver in cluster2, with a TTL of 30 s",
        from: { ...ofApiserver, ...ttl },
        to: cluster2Away,
        since: "1.19.0-0",
    },
];

/** The experiments that a Cilium has something to show of. */
export function experimentsFor(ciliumVersion: string): Experiment[] {
    return experiments.filter(({ since = "0.0.0" }) => gte(ciliumVersion, since));
}
