import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readProject } from "../../config/declaration";
import { ClusterName, clusterNames, possibleClusters } from "../../config/labConfig";
import { writeWhole } from "../../machine/files";
import { localMachine } from "../../machine/machine";
import { kindClusterName, stackFolder } from "../../machine/names";
import { isOurs, observe } from "../../mesh/kind/observation";
import { readRecord, recordPath, recordedAt } from "../../mesh/kind/record";
import { currentBackend, isSameBackend } from "../../stack/environment";
import { LabStack } from "../../stack/home";
import { originPath, readOrigin } from "../../stack/origin";
import { reasonOf } from "../../stack/reason";
import { ListedStack, findStack } from "../../stack/stack";
import { configJson, missingValues } from "./classConfig";
import { Outcome, parseOutcome } from "./outcome";
import { ClusterState } from "./status";
import { Aged } from "./ttl";

/**
 * Sets values of a stack that are not yet so.
 *
 * @throws Error with Pulumi's own reason.
 */
export async function setValues(
    opened: { readonly setAllConfigJson: (json: string) => Promise<void> },
    wanted: Readonly<Record<string, string>>,
    current: Readonly<Record<string, string>>,
): Promise<void> {
    const missing = missingValues(wanted, current);
    if (Object.keys(missing).length > 0) {
        await opened.setAllConfigJson(configJson(missing, readProject())).catch((error: Error) => {
            throw new Error(reasonOf([], error));
        });
    }
}

/** The student's own kubeconfig file, with a context for each cluster. */
export function studentKubeconfigPath(stack: string): string {
    return join(stackFolder(stack), "kubeconfig");
}

/** The student's page of commands. */
export function sheetPath(stack: string): string {
    return join(stackFolder(stack), "sheet.html");
}

function outcomePath(stack: string): string {
    return join(stackFolder(stack), "class.json");
}

/** Keeps what a command came to, for `status`; nothing where the stack's folder is gone. */
export function keepOutcome(stack: string, outcome: Outcome): void {
    if (existsSync(stackFolder(stack))) {
        writeWhole(outcomePath(stack), `${JSON.stringify(outcome)}\n`);
    }
}

/** What the last command of a class came to for a stack; undefined if there was none. */
export function readOutcome(stack: string): Outcome | undefined {
    const path = outcomePath(stack);
    return existsSync(path) ? parseOutcome(readFileSync(path, "utf8")) : undefined;
}

/** What there is of a stack's clusters, in the order of their names. */
export function clusterStates(stack: string): Promise<ClusterState[]> {
    return Promise.all(clustersOfStack(stack).map((cluster) => clusterState(stack, cluster)));
}

/** The clusters that the stack file wants; the usual two where it cannot be read. */
function clustersOfStack(stack: string): readonly ClusterName[] {
    try {
        return new LabStack(stack).clusters;
    } catch {
        return clusterNames;
    }
}

async function clusterState(stack: string, cluster: ClusterName): Promise<ClusterState> {
    try {
        const seen = await observe(kindClusterName(stack, cluster), localMachine.run);
        if (!seen.found) {
            return "missing";
        }
        if (!isOurs(seen, readRecord(recordPath(stack, cluster)))) {
            return "foreign";
        }
        return seen.state === "running" ? "running" : "stopped";
    } catch {
        return "unknown";
    }
}

/**
 * How long a lab may stay and when it was last up: by the backend, and by what this checkout remembers of its `up`s; of
 * an older checkout's, where the backend does not say, when its clusters were made. Of a lab that another backend has
 * nobody knows.
 */
export function agedLab(stack: string, stacks: readonly ListedStack[]): Aged {
    const ttlHours = ttlHoursOf(stack);
    const origin = readOrigin(stack);
    const listed = findStack(stacks, stack);
    const isElsewhere =
        origin === undefined
            ? listed === undefined && currentBackend().id !== "lab"
            : !isSameBackend(origin.backend, currentBackend());
    if (isElsewhere) {
        return { stack, ttlHours, lastUp: undefined };
    }
    const updated = Date.parse(listed?.lastUpdate ?? "");
    const known = [updated, recordedAt(originPath(stack)) ?? NaN].filter((time) => !isNaN(time));
    const made = possibleClusters.flatMap(
        (cluster) => recordedAt(recordPath(stack, cluster)) ?? [],
    );
    const times = known.length > 0 ? known : made;
    return { stack, ttlHours, lastUp: times.length > 0 ? Math.max(...times) : undefined };
}

function ttlHoursOf(stack: string): number | undefined {
    try {
        return new LabStack(stack).config.ttlHours;
    } catch {
        return undefined;
    }
}
