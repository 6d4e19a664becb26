import { visible } from "../../config/problem";
import { connect } from "../../mesh/kube/clusterApi";
import { readKubeconfig } from "../../mesh/kube/kubeconfig";
import { LabStack } from "../../stack/home";

const questions = [
    ["cilium-dbg", "status", "--brief"],
    ["cilium-dbg", "shell", "--", "db/show", "frontends"],
    ["cilium-dbg", "troubleshoot", "clustermesh"],
] as const;

/** What each agent knows of the service and of the mesh, for a step that disagrees. */
export async function agentClues({ name: stack, clusters }: LabStack): Promise<string> {
    const clues = await Promise.all(
        clusters.map(async (name) => {
            const kubeconfig = readKubeconfig(stack, name);
            if (kubeconfig === undefined) {
                return [`${name}: there is no kubeconfig; is the cluster up?`];
            }
            const api = connect(kubeconfig);
            const [agent] = await api.pods("kube-system", "k8s-app=cilium");
            const pod = agent?.metadata?.name;
            if (pod === undefined) {
                return [`${name}: no Cilium agent runs`];
            }
            const answers = await Promise.all(
                questions.map(async (question) => {
                    const { stdout, stderr } = await api.exec(
                        "kube-system",
                        pod,
                        "cilium-agent",
                        question,
                    );
                    return `${name}: ${question.join(" ")}\n${relevant(visible(stdout + stderr))}`;
                }),
            );
            return answers;
        }),
    );
    return clues.flat().join("\n\n");
}

/** Of a table of all services, the head and the lines about rebel-base; short outputs whole. */
function relevant(output: string): string {
    const lines = output.trimEnd().split("\n");
    return lines.length <= 25
        ? output.trimEnd()
        : [lines[0], ...lines.filter((line) => line.includes("rebel-base"))].join("\n");
}
