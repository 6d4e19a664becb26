import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { readProject } from "../config/declaration";
import { stackFilePath } from "../config/stackFile";
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
    dropDeadSalt(pulumi, stack);
    const { code, stderr } = await pulumi.ask(["stack", "select", stack, "--create"]);
    if (code !== 0) {
        throw new Error(`Pulumi cannot select stack ${stack}: ${lastLine(stderr)}`);
    }
}

/**
 * Makes a stack that is not there yet and leaves the selected one as it is.
 *
 * @throws Error with Pulumi's own reason.
 */
export async function createStack(pulumi: PulumiCli, stack: string): Promise<void> {
    dropDeadSalt(pulumi, stack);
    const { code, stderr } = await pulumi.ask(["stack", "init", "--no-select", stack]);
    if (code !== 0) {
        throw new Error(`Pulumi cannot make stack ${stack}: ${lastLine(stderr)}`);
    }
}

function dropDeadSalt(pulumi: PulumiCli, stack: string): void {
    if (pulumi.isOwnBackend && !stackFiles().includes(stack)) {
        dropSalt(stack);
    }
}

/** A stack as the backend lists it. */
export interface ListedStack {
    /** With the owner in front, where the backend has owners. */
    readonly name: string;
    /** When Pulumi last changed or looked at the stack, ISO 8601; undefined if never. */
    readonly lastUpdate?: string;
}

/**
 * The stacks of the backend.
 *
 * @throws Error if the backend cannot be asked.
 */
export async function listStacks(pulumi: PulumiCli): Promise<ListedStack[]> {
    const { code, stdout, stderr } = await pulumi.ask(["stack", "ls", "--json"]);
    if (code !== 0) {
        throw new Error(`Pulumi cannot list its stacks: ${lastLine(stderr)}`);
    }
    return JSON.parse(stdout) as ListedStack[];
}

/** A stack among the backend's. */
export function findStack(stacks: readonly ListedStack[], stack: string): ListedStack | undefined {
    return stacks.find(({ name }) => name === stack || name.endsWith(`/${stack}`));
}

/**
 * Whether the backend knows the stack.
 *
 * @throws Error if the backend cannot be asked.
 */
export async function stackExists(pulumi: PulumiCli, stack: string): Promise<boolean> {
    return findStack(await listStacks(pulumi), stack) !== undefined;
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

/** What an update does beyond the usual. */
export interface UpdateOptions {
    /** Looks first at what is there. */
    readonly refresh?: boolean;
    /** Patterns of the URNs that are made anew. */
    readonly replace?: readonly string[];
}

/** Pulumi's arguments for an update of the stack without questions. */
export function upArgs(
    stack: string,
    { refresh = false, replace = [] }: UpdateOptions = {},
): string[] {
    return [
        ...["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", stack],
        ...(refresh ? ["--refresh"] : []),
        ...replace.flatMap((pattern) => ["--replace", pattern]),
    ];
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

interface State {
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

/**
 * Takes kind clusters out of the state, with all that is in them, that an update had deleted to make them anew when it
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

function readState(pulumi: PulumiCli, stack: string) {
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

interface Lock {
    readonly pid: number;
    readonly hostname: string;
    /** ISO 8601. */
    readonly timestamp: string;
}

/**
 * Takes away the lock of a Pulumi that was killed. Only in the lab's own file backend, and only if the process
 * that locked ran on this machine and is gone.
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
