import { CannotAskError } from "../../config/errors";
import { ClusterName, LabConfig } from "../../config/labConfig";
import { requireNone } from "../../config/problem";
import { Change } from "../../lab/exercise";
import { localMachine } from "../../machine/machine";
import { teardownProblem } from "../../mesh/existing/ownership";
import { connect } from "../../mesh/kube/clusterApi";
import { sessionsOf } from "../../mesh/kube/session";
import { AskingCluster } from "../../proof/experiment/record";
import { kubeconfigOf } from "../../stack/connections";
import { LabStack } from "../../stack/home";
import { PulumiCli } from "../../stack/pulumi";
import { reconcile } from "../../stack/reconcile";
import { setConfig, upArgs } from "../../stack/stack";

const { say } = localMachine;

/** Changes the stack's config and reconciles the lab. @throws Error with what Pulumi said, if it fails. */
export async function applyChanges(
    pulumi: PulumiCli,
    home: LabStack,
    changes: readonly Change[],
): Promise<void> {
    for (const change of changes) {
        await setConfig(pulumi, home.name, change);
    }
    let said = "";
    const code = await reconcile(home.reread(), {
        pulumi,
        update: async (more) => {
            const ended = await pulumi.ask(upArgs(home.name, more));
            said = `${ended.stdout}${ended.stderr}`;
            return ended.code;
        },
        say: (line) => say(`  ${line}`),
    });
    if (code !== 0) {
        throw new Error(`pulumi up failed:\n${said}`);
    }
}

/** How the stack's clusters are reached now. */
export class Reach {
    private clusters: readonly AskingCluster[] = [];

    constructor(private readonly home: LabStack) {}

    /**
     * Connects to the clusters by the kubeconfigs that they have now.
     *
     * @throws CannotAskError where one is not there. ProblemsError where one is another cluster now than the one that the
     *   stack is in: what is changed by hand would be changed in somebody else's.
     */
    async renew({ clusters }: LabConfig): Promise<void> {
        const stack = this.home.reread();
        this.clusters = await Promise.all(
            clusters.map(async ({ name: cluster }) => {
                const kubeconfig = await kubeconfigOf(stack, cluster).catch((error: Error) => {
                    throw new CannotAskError(
                        `${cluster} of stack ${stack.name} is not there: ${error.message}`,
                    );
                });
                if (stack.config.clusterProvider === "existing") {
                    requireNone(await teardownProblem(stack.name, cluster));
                }
                return { cluster, api: connect(kubeconfig), open: sessionsOf(kubeconfig) };
            }),
        );
    }

    /** Those of these names. */
    of(names: readonly string[]): AskingCluster[] {
        return this.clusters.filter(({ cluster }) => names.includes(cluster));
    }

    /** One of them. */
    one(name: ClusterName): AskingCluster {
        return this.clusters.find(({ cluster }) => cluster === name)!;
    }
}
