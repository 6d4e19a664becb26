import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { projectRoot } from "../config/declaration";
import { typescriptInterpreter } from "../machine/interpreter";
import { OutageOrder } from "../mesh/kind/outage";

/**
 * A cluster that dies when everything else is done, and comes back when this goes. Each order begins an outage, also
 * where one is there already; only the last one is ended.
 */
export class Outage extends pulumi.ComponentResource {
    /**
     * @param name The _unique_ name of this component.
     * @param order Which cluster, and which time of it.
     * @param opts Options of the component; `dependsOn` names what must be done before.
     */
    constructor(name: string, order: OutageOrder, opts?: pulumi.ComponentResourceOptions) {
        super("cilium-global-services:index:Outage", name, {}, opts);
        new command.local.Command(
            `${name}-pause`,
            {
                create: "begin",
                // Also after a change: a replacement would end the old outage after it has begun the new one.
                update: "begin",
                delete: "end",
                stdin: JSON.stringify(order),
                interpreter: typescriptInterpreter("src/mesh/kind/outageMain.ts"),
                dir: projectRoot,
                logging: "stderr",
                addPreviousOutputInEnv: false,
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}
