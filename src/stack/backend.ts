import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readProject } from "../config/declaration";
import { requireStackName } from "../config/stackName";
import { lastLine } from "../machine/run";
import { stackFiles, stateFolder } from "./environment";
import { PulumiCli } from "./pulumi";
import { dropSalt } from "./salt";

/** Takes away what the lab's own file backend keeps of a stack that was removed: backups, history, locks. */
export function forgetStack(stack: string): void {
    requireStackName(stack);
    const { name } = readProject();
    const backend = join(stateFolder, ".pulumi");
    for (const folder of ["backups", "history", "locks/organization"]) {
        rmSync(join(backend, folder, name, stack), { recursive: true, force: true });
    }
    for (const ending of [".json.bak", ".json.bak.attrs"]) {
        rmSync(join(backend, "stacks", name, `${stack}${ending}`), { force: true });
    }
    dropHalfStates(join(backend, "stacks", name), stack);
}

/** Takes away the states that Pulumis which were killed had begun to write. */
export function dropHalfStates(folder: string, stack: string): void {
    for (const file of existsSync(folder) ? readdirSync(folder) : []) {
        if (file.startsWith(`${stack}.json.`) && file.endsWith(".tmp")) {
            rmSync(join(folder, file), { force: true });
        }
    }
}

export interface State {
    readonly checkpoint?: {
        readonly latest?: {
            readonly resources?: readonly {
                readonly urn: string;
                readonly pendingReplacement?: boolean;
            }[];
        };
    };
}

/**
 * Names of the resources that the state has, as far as it is in the lab's own file backend; undefined if it is
 * elsewhere or cannot be read.
 */
export function resourcesInState(pulumi: PulumiCli, stack: string): string[] | undefined {
    return readState(pulumi, stack)?.map(({ urn }) => urn.split("::").pop()!);
}

/** Names of the clusters in the state that the stack did not make itself, as far as it can be read here. */
export function existingInState(pulumi: PulumiCli, stack: string): string[] {
    const state = readState(pulumi, stack) ?? [];
    return state.flatMap(({ urn }) => /:index:ExistingCluster::(.+)$/.exec(urn)?.[1] ?? []);
}

/**
 * Takes kind clusters out of the state, with all that is in them, that an update had deleted to recreate when it
 * was cut off. Pulumi marks them so (`pendingReplacement`), but would ask the API server that is gone to delete its
 * objects once more: that they went with their cluster (`deletedWith`) it has forgotten.
 *
 * @throws Error with Pulumi's own reason.
 */
export async function forgetHalfReplaced(pulumi: PulumiCli, stack: string): Promise<void> {
    const clusters = (readState(pulumi, stack) ?? []).filter(
        ({ urn, pendingReplacement }) => pendingReplacement === true && urn.endsWith("-kind"),
    );
    for (const { urn } of clusters) {
        const options = ["--target-dependents", "--force", "--yes", "--stack", stack];
        const { code, stderr } = await pulumi.ask(["state", "delete", urn, ...options]);
        if (code !== 0) {
            throw new Error(`Pulumi could not forget a cluster that is gone: ${lastLine(stderr)}`);
        }
    }
}

export function readState(pulumi: PulumiCli, stack: string) {
    const path = join(stateFolder, ".pulumi", "stacks", readProject().name, `${stack}.json`);
    try {
        const state = pulumi.isOwnBackend
            ? (JSON.parse(readFileSync(path, "utf8")) as State)
            : undefined;
        return state?.checkpoint?.latest?.resources;
    } catch {
        return undefined;
    }
}

export function dropDeadSalt(pulumi: PulumiCli, stack: string): void {
    if (pulumi.isOwnBackend && !stackFiles().includes(stack)) {
        dropSalt(stack);
    }
}
