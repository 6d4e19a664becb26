import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { readProject } from "../config/declaration";
import { ClusterName, clusterNames } from "../config/labConfig";
import { stackFilePath } from "../config/stackFile";
import { existingClusters } from "../existing/record";
import { forgetRelease } from "../existing/sweep";
import { recordPath, renewToken } from "../kind/record";
import { Change, changeArgs } from "../lab/exercise";
import { isRunning, lastLine, run } from "../runner";
import { stackFiles, stateFolder } from "../tools/pulumiTool";
import { PulumiCli } from "./pulumiCli";

/**
 * Selects the stack, so that plain `pulumi` works on it too, and makes it if there is none.
 *
 * @throws Error with Pulumi's own reason.
 */
export async function selectStack(pulumi: PulumiCli, stack: string): Promise<void> {
    if (pulumi.isOwnBackend && !stackFiles().includes(stack)) {
        dropSalt(stack);
    }
    const { code, stderr } = await pulumi.ask(["stack", "select", stack, "--create"]);
    if (code !== 0) {
        throw new Error(`Pulumi cannot select stack ${stack}: ${lastLine(stderr)}`);
    }
}

/**
 * Whether the backend knows the stack.
 *
 * @throws Error if the backend cannot be asked.
 */
export async function stackExists(pulumi: PulumiCli, stack: string): Promise<boolean> {
    const { code, stdout, stderr } = await pulumi.ask(["stack", "ls", "--json"]);
    if (code !== 0) {
        throw new Error(`Pulumi cannot list its stacks: ${lastLine(stderr)}`);
    }
    const stacks = JSON.parse(stdout) as { name: string }[];
    return stacks.some(({ name }) => name === stack || name.endsWith(`/${stack}`));
}

/**
 * Takes the salt of a passphrase out of a stack file: a stack that does not exist has none, and one from
 * another machine, or from before `.lab` was deleted, makes Pulumi refuse the passphrase. A file with encrypted
 * values keeps it.
 */
export function dropSalt(stack: string): void {
    const path = stackFilePath(stack);
    if (!existsSync(path)) {
        return;
    }
    const content = readFileSync(path, "utf8");
    const without = content.replace(/^encryptionsalt:.*\n?/m, "");
    if (without !== content && !/[\s{,]secure:\s/.test(content)) {
        writeFileSync(path, without);
    }
}

/** Pulumi's arguments for an update of the stack without questions. */
export function upArgs(stack: string): string[] {
    return ["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", stack];
}

/**
 * Changes one value of a stack's config.
 *
 * @throws Error with Pulumi's own reason.
 */
export async function setConfig(pulumi: PulumiCli, stack: string, change: Change): Promise<void> {
    const { code, stderr } = await pulumi.ask([...changeArgs(change), "--stack", stack]);
    if (code !== 0) {
        throw new Error(`pulumi ${changeArgs(change).join(" ")} fails: ${lastLine(stderr)}`);
    }
}

/** Takes away what the lab's own file backend keeps of a stack that was removed: backups, history, locks. */
export function forgetStack(stack: string): void {
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
function dropHalfStates(folder: string, stack: string): void {
    for (const file of existsSync(folder) ? readdirSync(folder) : []) {
        if (file.startsWith(`${stack}.json.`) && file.endsWith(".tmp")) {
            rmSync(join(folder, file), { force: true });
        }
    }
}

interface Lock {
    readonly pid: number;
    readonly hostname: string;
    /** ISO 8601. */
    readonly timestamp: string;
}

/**
 * Takes away the lock of a Pulumi that was killed. Only in the lab's own file backend, and only if the process
 * that locked ran on this machine and is gone. What that Pulumi was creating in a cluster may be there without
 * being known, so such a cluster is made anew.
 *
 * @throws Error that names the Pulumi that works on the stack, if there is one.
 */
export async function clearDeadLock(
    pulumi: PulumiCli,
    stack: string,
    say: (line: string) => void,
): Promise<void> {
    const locks = pulumi.isOwnBackend ? readLocks(stack) : [];
    const dead = await Promise.all(locks.map(isDead));
    const holder = locks.find((_, index) => !dead[index]);
    if (holder !== undefined) {
        throw new Error(lockedText(stack, holder));
    }
    if (locks.length === 0) {
        return;
    }
    say(`taking away the lock of a Pulumi that was killed (process ${locks[0]!.pid})`);
    await pulumi.ask(["cancel", "--yes", "--stack", stack]);
    for (const cluster of await clustersBeingChanged(pulumi, stack)) {
        if (existingClusters(stack).includes(cluster)) {
            say(`${cluster} was being filled at that moment; Cilium is installed over itself`);
            await forgetRelease(stack, cluster);
        } else {
            say(`${cluster} was being filled or deleted at that moment; it is created again`);
            renewToken(recordPath(stack, cluster));
        }
    }
}

interface StackExport {
    readonly deployment?: {
        readonly pending_operations?: readonly {
            readonly type: string;
            readonly resource: { readonly urn: string; readonly type: string };
        }[];
    };
}

/**
 * The clusters with an object or release whose creation Pulumi began and never finished, or whose own deletion:
 * what is in those has left the state already, and may still be there.
 */
async function clustersBeingChanged(pulumi: PulumiCli, stack: string): Promise<ClusterName[]> {
    const { code, stdout } = await pulumi.ask(["stack", "export", "--stack", stack]);
    const { deployment } = (code === 0 ? JSON.parse(stdout) : {}) as StackExport;
    const pending = (deployment?.pending_operations ?? [])
        .filter(
            ({ type, resource }) =>
                (type === "creating" && resource.type.startsWith("kubernetes:")) ||
                (type === "deleting" && resource.type === "command:local:Command"),
        )
        // The name alone: a stack may be called after a cluster, too.
        .map(({ resource }) => resource.urn.split("::").pop() ?? "");
    return clusterNames.filter((cluster) => pending.some((name) => name.includes(cluster)));
}

function readLocks(stack: string): Lock[] {
    const { name } = readProject();
    const folder = join(stateFolder, ".pulumi", "locks", "organization", name, stack);
    if (!existsSync(folder)) {
        return [];
    }
    const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
    return files.flatMap((file) => {
        try {
            return [JSON.parse(readFileSync(join(folder, file), "utf8")) as Lock];
        } catch {
            return [];
        }
    });
}

function lockedText(stack: string, { pid, hostname: machine, timestamp }: Lock): string {
    const since = new Date(timestamp).toLocaleString();
    return machine === hostname()
        ? `Pulumi (process ${pid}, since ${since}) works on stack ${stack} already; nothing was changed. Wait for its end, or end it: kill -INT ${pid}`
        : `Pulumi (process ${pid} of machine ${machine}, since ${since}) works on stack ${stack}; nothing was changed. If that machine is this one under an older name, or the process is gone: npm run pulumi -- cancel --yes --stack ${stack}`;
}

/**
 * Whether the process that locked has ended: gone, or only waiting for its parent to notice, or its number is
 * another program's since the machine was restarted.
 */
async function isDead(lock: Lock): Promise<boolean> {
    if (lock.hostname !== hostname()) {
        return false;
    }
    if (!isRunning(lock.pid)) {
        return true;
    }
    const { code, stdout } = await run("ps", [
        "-o",
        "stat=",
        "-o",
        "args=",
        "-p",
        String(lock.pid),
    ]);
    return code !== 127 && (stdout.startsWith("Z") || !stdout.includes("pulumi"));
}
