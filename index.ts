import * as pulumi from "@pulumi/pulumi";
import { localMachine } from "./src/machine/machine";
import { timed, recordStep } from "./src/machine/timeline";
import { preflight } from "./src/mesh/preflight";
import { loadLabConfig } from "./src/program/loadLabConfig";
import { labOutputs } from "./src/program/outputs";
import {
    awaitReadiness,
    createClusters,
    createLabs,
    createMesh,
    createNetworkPolicies,
    createOutage,
    useClusters,
    recordCreations,
} from "./src/program/program";
import { reportProblems } from "./src/program/reportProblems";

/** Two clusters, one Cilium mesh, the global-service lab in both. */
async function lab() {
    recordStep({ name: "program", start: Math.round(performance.timeOrigin), end: Date.now() });
    const stack = pulumi.getStack();
    const config = loadLabConfig();
    const preview = pulumi.runtime.isDryRun();
    const keepSilent = process.env.LAB_KEEP_CLUSTERS === "1";
    const found = await timed({ name: "preflight" }, () =>
        preflight(stack, config, { preview, keepSilent }, localMachine),
    );
    const { nodeImage, existing, warnings } = found;
    warnings.forEach(({ message, fix }) => void pulumi.log.warn(`${message} Fix: ${fix}`));

    const clusters =
        existing === undefined
            ? createClusters(stack, { ...config, nodeImage }, found)
            : useClusters(config, existing);
    const mesh = createMesh(config, clusters);
    const labs = createLabs(config, clusters);
    recordCreations(clusters, mesh, labs);
    const readiness = awaitReadiness(config, clusters, mesh, labs);
    const policies = createNetworkPolicies(config, clusters, readiness);
    createOutage(found, [mesh, ...labs, readiness, ...policies]);
    return labOutputs(stack, config, clusters);
}

// Pulumi looks up the source of every resource, for which source-map-support reads the maps of all packages at each
// start. The lines are right without: sucrase leaves them where they are.
delete (Error as Partial<typeof Error>).prepareStackTrace;

module.exports = () => reportProblems(lab);
