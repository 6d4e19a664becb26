import {
    clusterKeys,
    clusterNames,
    configKey,
    possibleClusters,
} from "../../../src/config/labConfig";

test("the lab has two clusters", () => {
    expect(clusterNames).toStrictEqual(["cluster1", "cluster2"]);
});

test("more clusters are numbered on, up to eight", () => {
    expect(possibleClusters).toStrictEqual([1, 2, 3, 4, 5, 6, 7, 8].map((id) => `cluster${id}`));
});

test("the keys of cluster1 have no prefix, those of the others have their cluster's", () => {
    expect(clusterKeys.map((key) => configKey("cluster1", key))).toStrictEqual([...clusterKeys]);
    expect(clusterKeys.map((key) => configKey("cluster2", key))).toStrictEqual([
        "cluster2GlobalService",
        "cluster2SharedService",
        "cluster2ServiceAffinity",
        "cluster2RebelBaseReplicas",
        "cluster2GlobalNamespace",
        "cluster2PodCidr",
        "cluster2ServiceCidr",
        "cluster2KubeconfigContext",
        "cluster2ClusterMeshAddress",
    ]);
});
