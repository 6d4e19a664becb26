import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { projectRoot } from "../config/declaration";
import { typescriptInterpreter } from "../machine/interpreter";
import type { ExpectedOutage } from "../proof/readiness/awaited";
import { MeshCluster } from "./ciliumMesh";

export interface LabReadinessArgs {
    /** The clusters that have to be ready and connected to each other. */
    readonly clusters: readonly MeshCluster[];
    /** What is meant to be away, so that nobody waits for it; see {@link ExpectedOutage}. */
    readonly outage?: ExpectedOutage;
    /** Waits again when one of these changes: the releases' revisions, what pods are made of. */
    readonly revisions: readonly pulumi.Input<string | number>[];
}

/**
 * Holds the stack until every pod of mesh and lab runs and every agent reports every other cluster as
 * connected, and fails within a minute with pod, container, reason and last log line where something is
 * stuck. A change of the lab's settings does not wait here: `npm run verify` sees it arrive.
 */
export class LabReadiness extends pulumi.ComponentResource {
    /**
     * @param name The _unique_ name of this component.
     * @param args What to wait for.
     * @param opts Options of the component; `dependsOn` names what has to be applied first.
     */
    constructor(name: string, args: LabReadinessArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cilium-global-services:index:LabReadiness", name, {}, opts);
        const order = pulumi.jsonStringify({
            clusters: args.clusters.map(({ name: cluster, cluster: { kubeconfig } }) => ({
                name: cluster,
                kubeconfig,
            })),
            ...(args.outage === undefined ? {} : { outage: args.outage }),
        });
        new command.local.Command(
            `${name}-wait`,
            {
                create: "wait",
                stdin: pulumi.secret(order),
                interpreter: typescriptInterpreter("src/proof/readiness/main.ts"),
                dir: projectRoot,
                environment: {
                    REVISIONS: pulumi.all([...args.revisions]).apply((all) => all.join(",")),
                },
                triggers: args.clusters.map(({ cluster }) => cluster.identity),
                logging: "stderr",
                addPreviousOutputInEnv: false,
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}
