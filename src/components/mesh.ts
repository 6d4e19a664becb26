import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { rawValue, readProject } from "../config/declaration";
import { CiliumConfig } from "../config/labConfig";
import { isNamed, chartSource } from "../mesh/cilium/chart";
import { ciliumValues, labValues } from "../mesh/cilium/values";
import { CertificateAuthority } from "../program/certificateAuthority";
import { ciliumRelease } from "../program/ciliumRelease";
import { requireName } from "./cluster";

/** A cluster with its place in the mesh. */
export interface MemberArgs {
    /** Cilium's `cluster.name`: at most 32 of `[a-z0-9-]`. */
    name: string;
    /** Cilium's `cluster.id`, 1 to 255, unique in the mesh. */
    id: number;
    /** Content of a kubeconfig, whose current context is used. */
    kubeconfig: pulumi.Input<string>;
    /** Name or address under which the other clusters' pods reach a node. */
    address: pulumi.Input<string>;
}

/** Images in the place of the chart's. */
export interface CiliumImages {
    agent?: string;
    operator?: string;
    clusterMeshApiserver?: string;
}

/** A mesh and its Cilium. */
export interface MeshArgs {
    /** The clusters to mesh; they have no network of their own yet. */
    clusters: MemberArgs[];
    /** Version of the Cilium chart, 1.18.1 or later; the lab's by default. */
    ciliumVersion?: string;
    /** The chart: a name in the repository, an oci:// reference or an absolute path; `cilium` by default. */
    ciliumChart?: string;
    /** URL of the chart repository; Cilium's by default. */
    ciliumChartRepository?: string;
    /** Images in the place of the chart's. */
    images?: CiliumImages;
}

/**
 * Cilium in every cluster, meshed from its first install on, with one certificate authority and no connect step. It
 * does not wait until the clusters have connected, which takes about a minute from here.
 */
export class Mesh extends pulumi.ComponentResource {
    /** Certificate of the mesh's authority, PEM. */
    readonly certificate: pulumi.Output<string>;

    /**
     * @param name The _unique_ name of this component.
     * @param args The clusters and their Cilium.
     * @param opts Options of the component.
     * @throws Error if two clusters share a name or an id, or one has a name or an id that Cilium refuses.
     */
    constructor(name: string, args: MeshArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cilium-mesh:index:Mesh", name, {}, opts);
        requireMembers(args.clusters);
        const cilium = ciliumConfig(args);
        const authority = new CertificateAuthority(`${name}-ca`, { parent: this });
        const addresses = pulumi.all(args.clusters.map(({ address }) => address));
        const members = addresses.apply((all) =>
            args.clusters.map((cluster, index) => ({
                name: cluster.name,
                id: cluster.id,
                address: all[index]!,
                // Not necessarily kind's, and with any number of nodes.
                values: labValues,
            })),
        );
        args.clusters.forEach((cluster, index) => {
            const provider = new k8s.Provider(
                `${name}-${cluster.name}`,
                { kubeconfig: cluster.kubeconfig },
                { parent: this },
            );
            ciliumRelease(
                `${name}-cilium-${cluster.name}`,
                chartOf(cilium),
                pulumi
                    .all([members, authority.pem])
                    .apply(([all, ca]) => ciliumValues(all[index]!, all, ca, cilium)),
                { parent: this, provider },
            );
        });
        this.certificate = authority.certificate;
        this.registerOutputs({ certificate: this.certificate });
    }
}

function ciliumConfig(args: MeshArgs): CiliumConfig {
    const { declarations } = readProject();
    const or = (given: string | undefined, key: string) =>
        given || rawValue(declarations[key]!.default);
    const { agent = "", operator = "", clusterMeshApiserver = "" } = args.images ?? {};
    return {
        version: or(args.ciliumVersion, "ciliumVersion"),
        chart: or(args.ciliumChart, "ciliumChart"),
        chartRepository: or(args.ciliumChartRepository, "ciliumChartRepository"),
        images: { agent, operator, clusterMeshApiserver },
        cacheTtl: "0s",
        hubble: false,
        values: {},
    };
}

/** The lab fetches a named chart before Pulumi plans; nobody does so here, so Helm does. */
function chartOf(cilium: CiliumConfig): Partial<k8s.helm.v3.ReleaseArgs> & { chart: string } {
    return isNamed(cilium.chart)
        ? {
              chart: cilium.chart,
              version: cilium.version,
              repositoryOpts: { repo: cilium.chartRepository },
          }
        : chartSource(cilium);
}

function requireMembers(clusters: readonly MemberArgs[]): void {
    clusters.forEach(({ name, id }) => {
        requireName(name);
        if (!Number.isInteger(id) || id < 1 || id > 255) {
            throw new Error(`the id of ${name} is ${id}; it must be a whole number from 1 to 255`);
        }
    });
    for (const key of ["name", "id"] as const) {
        const values = clusters.map((cluster) => cluster[key]);
        const twice = values.find((value, index) => values.indexOf(value) !== index);
        if (twice !== undefined) {
            throw new Error(`two clusters of the mesh have the ${key} ${twice}; it must be unique`);
        }
    }
}
