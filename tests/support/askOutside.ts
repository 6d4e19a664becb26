import { text } from "node:stream/consumers";
import { downloadFix, fetchBytes, reasonOf } from "../../src/machine/download";
import { readClusterUid } from "../../src/mesh/existing/facts";
import { connect } from "../../src/mesh/kube/clusterApi";

/*
 * A process of its own that goes outside by the environment's proxy: Node reads NODE_EXTRA_CA_CERTS at its start alone, and
 * Jest cannot load the Kubernetes client. It prints what it got as JSON: `fetch URL`, or `uid` and `exec` of the
 * cluster of the kubeconfig on standard input.
 */
const [what = "", url = ""] = process.argv.slice(2);

async function ask(): Promise<unknown> {
    switch (what) {
        case "fetch":
            return fetchBytes(url).then(String, (error: Error) => ({
                reason: reasonOf(error),
                fix: downloadFix(error, url),
            }));
        case "uid":
            return readClusterUid(await text(process.stdin));
        default:
            return connect(await text(process.stdin)).exec("default", "x-wing", "x-wing", ["id"]);
    }
}

ask()
    .catch((error: Error) => ({ error: error.message }))
    .then((answer) => process.stdout.write(JSON.stringify(answer)))
    .catch(() => undefined);
