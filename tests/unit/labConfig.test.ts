import { clusterKeys, clusterNames, configKey } from "../../src/config/labConfig";

test("the lab has two clusters", () => {
    expect(clusterNames).toStrictEqual(["cluster1", "cluster2"]);
});

test("the keys of cluster1 have no prefix, those of the others have their cluster's", () => {
    expect(clusterKeys.map((key) => configKey("cluster1", key))).toStrictEqual([...clusterKeys]);
    expect(clusterKeys.map((key) => configKey("cluster2", key))).toStrictEqual([
        "cluster2GlobalService",
        "cluster2SharedService",
        "cluster2ServiceAffinity",
        "cluster2RebelBaseReplicas",
        "cluster2PodCidr",
        "cluster2ServiceCidr",
        "cluster2KubeconfigContext",
        "cluster2ClusterMeshAddress",
    ]);
});
