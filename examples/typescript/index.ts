import { Cluster, Mesh } from "@pulumi/cilium-mesh";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const nodeImage = config.get("nodeImage");

const clusters = ["east", "west"].map((name, index) => {
    const id = index + 1;
    const podCidr = `10.${10 + id}.0.0/16`;
    const serviceCidr = `10.${110 + id}.0.0/16`;
    const { kubeconfig, address } = new Cluster(name, { podCidr, serviceCidr, nodeImage });
    return { name, id, kubeconfig, address };
});

new Mesh("mesh", {
    clusters,
    ciliumChart: config.get("ciliumChart"),
    ciliumVersion: config.get("ciliumVersion"),
    images: {
        agent: config.get("ciliumImage"),
        operator: config.get("ciliumOperatorImage"),
        clusterMeshApiserver: config.get("clusterMeshApiserverImage"),
    },
});

export const kubeconfigs = Object.fromEntries(
    clusters.map(({ name, kubeconfig }) => [name, kubeconfig]),
);
