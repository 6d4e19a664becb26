import { existsSync, readFileSync, readdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { readProject } from "../config/declaration";
import { Change, changeArgs } from "../lab/exercise";
import { lastLine, run } from "../runner";
import { stateFolder } from "../tools/pulumiTool";
import { PulumiCli } from "./pulumiCli";

/**
 * Selects the stack, so that plain `pulumi` works on it too, and makes it if there is none.
 *
 * @throws Error with Pulumi's own reason.
 */
export async function selectStack(pulumi: PulumiCli, stack: string): Promise<void> {
    const { code, stderr } = await pulumi.ask(["stack", "select", stack, "--create"]);
    if (code !== 0) {
        throw new Error(`Pulumi cannot select stack ${stack}: ${lastLine(stderr)}`);
    }
}

/** Whether the backend knows the stack. */
export async function stackExists(pulumi: PulumiCli, stack: string): Promise<boolean> {
    const { code } = await pulumi.ask(["stack", "select", stack]);
    return code === 0;
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

interface Lock {
    readonly pid: number;
    readonly hostname: string;
}

/**
 * Takes away the lock of a Pulumi that was killed. Only in the lab's own file backend, and only if the process
 * that locked ran on this machine and is gone.
 */
export async function clearDeadLock(
    pulumi: PulumiCli,
    stack: string,
    say: (line: string) => void,
): Promise<void> {
    const locks = readLocks(stack);
    const dead = await Promise.all(locks.map(isDead));
    if (locks.length > 0 && dead.every((isSo) => isSo)) {
        say(`taking away the lock of a Pulumi that was killed (process ${locks[0]!.pid})`);
        await pulumi.ask(["cancel", "--yes", "--stack", stack]);
    }
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

/** Whether the process that locked has ended: gone, or only waiting for its parent to notice. */
async function isDead(lock: Lock): Promise<boolean> {
    if (lock.hostname !== hostname()) {
        return false;
    }
    const { stdout } = await run("ps", ["-o", "stat=", "-p", String(lock.pid)]);
    return stdout.trim() === "" || stdout.trim().startsWith("Z");
}
