import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Values } from "../mesh/cilium/values";

/**
 * Cilium in one cluster: the Helm release that its own tools look for, by name and namespace.
 *
 * Helm's own wait says nothing until it gives up, so nobody waits here: whether Cilium is ready is for who made it to
 * find out.
 *
 * @param name The _unique_ name of the resource.
 * @param chart Where the chart comes from.
 * @param values Its Helm values, the authority's key among them.
 */
export function ciliumRelease(
    name: string,
    chart: Pick<k8s.helm.v3.ReleaseArgs, "chart" | "version" | "repositoryOpts">,
    values: pulumi.Input<Values>,
    opts: pulumi.CustomResourceOptions,
): k8s.helm.v3.Release {
    const release = { name: "cilium", namespace: "kube-system" };
    return new k8s.helm.v3.Release(
        name,
        { ...release, ...chart, values, skipAwait: true, maxHistory: 3 },
        opts,
    );
}
