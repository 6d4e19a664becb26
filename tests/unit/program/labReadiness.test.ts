import * as pulumi from "@pulumi/pulumi";
import { projectRoot } from "../../../src/config/declaration";
import { ClusterName } from "../../../src/config/labConfig";
import { MeshCluster } from "../../../src/program/ciliumMesh";
import { KindCluster } from "../../../src/program/kindCluster";
import { LabReadiness } from "../../../src/program/labReadiness";
import { noImages } from "../../support/defaultConfig";
import { mockPulumi } from "../../support/pulumiMocks";

const mocks = mockPulumi();
beforeEach(mocks.clear);

function newCluster(name: ClusterName, id: number): MeshCluster {
    const cluster = new KindCluster(name, {
        stack: "dev",
        cluster: name,
        nodeImage: "node",
        podCidr: `10.${id}.0.0/16`,
        serviceCidr: `10.10${id}.0.0/16`,
        images: noImages,
        token: "t",
    });
    return { name, id, cluster };
}

/** What waits for two clusters, with what it was told. */
async function waitCommand() {
    const clusters = [newCluster("cluster1", 1), newCluster("cluster2", 2)];
    new LabReadiness("readiness", { clusters, revisions: [pulumi.output(3), 7] });
    await mocks.settle();
    const identities = clusters.map(({ cluster }) => cluster.identity);
    return { identities, command: mocks.find("command:local:Command", "readiness-wait") };
}

test("the Command gets both clusters' kubeconfigs on standard input, as a secret", async () => {
    const { command } = await waitCommand();
    expect(JSON.parse(command.inputs.stdin as string)).toEqual({
        clusters: [
            { name: "cluster1", kubeconfig: "stdout of cluster1-kind" },
            { name: "cluster2", kubeconfig: "stdout of cluster2-kind" },
        ],
    });
    expect(command.secretInputs).toEqual(["stdin"]);
});

test("the Command waits at every new revision and every new cluster, and deletes nothing", async () => {
    const { command, identities } = await waitCommand();
    const { stdin, ...others } = command.inputs;
    expect(stdin).toBeDefined();
    expect(others).toEqual({
        create: "wait",
        interpreter: ["node", "--require", "sucrase/register/ts", "src/proof/readiness/main.ts"],
        dir: projectRoot,
        environment: { REVISIONS: "3,7" },
        triggers: identities,
        logging: "stderr",
        addPreviousOutputInEnv: false,
    });
});

test("the Command is all there is below the component, which has no outputs", async () => {
    const { command } = await waitCommand();
    const component = mocks.find("cilium-global-services:index:LabReadiness", "readiness");
    expect(command.parent).toBe("readiness");
    expect(mocks.all().filter(({ parent }) => parent === "readiness")).toEqual([command]);
    expect(mocks.outputsOf(component)).toEqual({});
});
