import * as pulumi from "@pulumi/pulumi";
import { CiliumMesh, MeshCluster } from "../cilium/ciliumMesh";
import { GlobalServiceLab } from "../lab/globalServiceLab";
import { recordStep } from "./record";
import { StepName } from "./steps";

/** Records, as the program sees it, when each cluster's Helm release and lab objects were made. */
export function recordCreations(
    clusters: readonly MeshCluster[],
    mesh: CiliumMesh,
    labs: readonly GlobalServiceLab[],
): void {
    if (pulumi.runtime.isDryRun()) {
        return;
    }
    clusters.forEach(({ name, cluster }, index) => {
        cluster.provider.id.apply(() => {
            const start = Date.now();
            const done = (step: StepName) => () =>
                recordStep({ name: step, cluster: name, start, end: Date.now() });
            mesh.releases[index]!.id.apply(done("helm"));
            pulumi.all(labs[index]!.objects.map(({ id }) => id)).apply(done("objects"));
        });
    });
}
