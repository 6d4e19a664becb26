import { ProblemsError } from "../config/problem";
import { Change } from "../lab/exercise";
import { awakeTime } from "../machine/awake";
import { Time } from "../machine/poll";
import { lastLine } from "../machine/run";
import { dropDeadSalt } from "./backend";
import { currentBackend, stackFiles } from "./environment";
import { repairBackend } from "./fileBackend";
import { readOrigin } from "./origin";
import { PulumiCli } from "./pulumi";

/**
 * Selects the stack, and makes it if there is none.
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
 * Makes the stack if there is none, and selects it, so that the next command and plain `pulumi` work on it. Where
 * PULUMI_STACK is set, that says so already, and what the user has selected for other shells stays: an ephemeral lab,
 * the bench or a test beside the user's own lab must not turn the user's next `npm run down` to itself.
 *
 * @throws Error with Pulumi's own reason.
 */
export async function openStack(
    pulumi: PulumiCli,
    stack: string,
    { PULUMI_STACK: named }: NodeJS.ProcessEnv = process.env,
): Promise<void> {
    await requireStateInSight(pulumi, stack);
    if (!named) {
        await selectStack(pulumi, stack);
    } else if (!(await stackExists(pulumi, stack))) {
        await createStack(pulumi, stack);
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

/** A stack as the backend lists it. */
export interface ListedStack {
    /** With the owner in front, where the backend has owners. */
    readonly name: string;
    /** When Pulumi last changed or looked at the stack, ISO 8601; undefined if never. */
    readonly lastUpdate?: string;
}

/** How often a list of stacks is asked for that another Pulumi's writing cuts off. */
const listAttempts = 5;

/**
 * The stacks of the backend. To list those of the lab's own Pulumi reads files of all of them, and meets some that
 * another Pulumi is just writing, or was when it was killed ({@link repairBackend}): it ends with EOF, and is asked again.
 *
 * @throws Error if the backend cannot be asked.
 */
export async function listStacks(
    pulumi: PulumiCli,
    { sleep }: Pick<Time, "sleep"> = awakeTime(),
): Promise<ListedStack[]> {
    for (let attempt = 1; ; attempt++) {
        const { code, stdout, stderr } = await pulumi.ask(["stack", "ls", "--json"]);
        if (code === 0) {
            return JSON.parse(stdout) as ListedStack[];
        }
        const reason = lastLine(stderr);
        if (!pulumi.isOwnBackend || !/\bEOF$/.test(reason) || attempt === listAttempts) {
            throw new Error(`Pulumi cannot list its stacks: ${reason}`);
        }
        await sleep(200);
        repairBackend();
    }
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
 * Makes sure that a stack whose state is in the lab's own folder is not taken for a new one, or for one that is gone,
 * because another backend is named. One that remembers its origin was judged by that before.
 *
 * @throws ProblemsError with the way back.
 */
export async function requireStateInSight(pulumi: PulumiCli, stack: string): Promise<void> {
    const isDoubtful =
        !pulumi.isOwnBackend && readOrigin(stack) === undefined && stackFiles().includes(stack);
    if (isDoubtful && !(await stackExists(pulumi, stack))) {
        throw new ProblemsError([
            {
                message: `the state of stack ${stack} is in the lab's own folder, and PULUMI_BACKEND_URL names ${currentBackend().address}, where there is no such stack.`,
                fix: "unset PULUMI_BACKEND_URL; to start over there, run npm run down without it first",
            },
        ]);
    }
}

/** What an update does beyond the usual. */
export interface UpdateOptions {
    /** Looks first at what is there. */
    readonly refresh?: boolean;
    /** Patterns of the URNs that are replaced. */
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

/** The `pulumi` arguments that make a change. */
export function changeArgs([key, value]: Change): string[] {
    return value === undefined ? ["config", "rm", key] : ["config", "set", key, value];
}
