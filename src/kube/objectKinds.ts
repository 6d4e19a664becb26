/** The kinds of which `ClusterApi.objects` tells. */
export const objectKinds: readonly string[] = [
    "ConfigMap",
    "DaemonSet",
    "Deployment",
    "Secret",
    "Service",
    "CiliumNetworkPolicy",
];
