/**
 * What a cluster's `local.Command` runs: the action is its argument, the order comes as JSON on standard
 * input. The kubeconfig goes to standard output, which the Command keeps as a secret; news to standard error.
 */
import { json } from "node:stream/consumers";
import { visible } from "../../config/problem";
import { sentenceOf } from "../../machine/fileErrors";
import { localMachine } from "../../machine/machine";
import { recordFailure, recordNews } from "../../machine/timeline";
import { createCluster, updateCluster } from "./create";
import { ClusterOrder, rememberedOrder, tokenVariable } from "./kindConfig";
import { deleteCluster } from "./remove";

const actions = { create: createCluster, update: updateCluster, delete: deleteCluster };

async function main(): Promise<void> {
    const action = process.argv[2] as keyof typeof actions;
    const given = (await json(process.stdin)) as ClusterOrder;
    const order = rememberedOrder(given, process.env[tokenVariable]);
    const say = (line: string) => {
        localMachine.say(line);
        recordNews(line);
    };
    const kubeconfig = await actions[action](order, { ...localMachine, say });
    process.stdout.write(kubeconfig ?? "");
}

main().catch((error: Error) => {
    recordFailure(error);
    process.stderr.write(`${visible(sentenceOf(error) ?? error.message)}\n`);
    // At once: a download for a cluster that failed may still go on.
    process.exit(1);
});
