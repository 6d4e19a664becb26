import { EngineEvent, LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { projectRoot } from "../config/declaration";
import { PulumiCli, openPulumi, preparePulumi } from "./pulumi";
import { reasonOf } from "./reason";
import { UpdateOptions } from "./stack";

/** Pulumi as a library, on the stacks that `npm run up` works on. */
export interface Automation {
    readonly pulumi: PulumiCli;
    /**
     * A stack that is there.
     *
     * @param env More environment for its program and its commands.
     */
    readonly stack: (name: string, env?: Readonly<Record<string, string>>) => Promise<Stack>;
}

/** Finds Pulumi and makes its backend usable, with the passphrase that `npm run up` uses. */
export async function openAutomation(): Promise<Automation> {
    const { env } = await preparePulumi();
    // The library looks for `pulumi` on this process's PATH, where npm puts its package's own shim first.
    process.env.PATH = env.PATH;
    const pulumiCommand = await PulumiCommand.get({ skipVersionCheck: true });
    const envVars = handedOn(env);
    return {
        pulumi: await openPulumi(),
        stack: async (name, more = {}) => {
            const workspace = await LocalWorkspace.create({
                workDir: projectRoot,
                pulumiCommand,
                envVars: { ...envVars, ...more },
            });
            // Which stack is selected is the user's choice, and several at a time would fight for it.
            const selectStack = () => Promise.resolve();
            const stack = await Stack.select(name, Object.assign(workspace, { selectStack }));
            return Object.assign(stack, { outputs: () => Promise.resolve({}), info: noSummary });
        },
    };
}

/**
 * What Pulumi is given beyond this process's environment: all that is Pulumi's own, and the folder for what its providers
 * write in passing, kubeconfigs with administrators' keys among it.
 */
function handedOn(env: NodeJS.ProcessEnv): Record<string, string> {
    return Object.fromEntries(
        Object.entries(env).filter(
            (entry): entry is [string, string] =>
                (entry[0].startsWith("PULUMI_") || entry[0] === "TMPDIR") && entry[1] !== undefined,
        ),
    );
}

/** After an operation the library asks for outputs and history: three processes for what nobody reads here. */
const noSummary = () => Promise.resolve(undefined);

/** How an operation of a stack is watched and ended. */
export interface Watched {
    /** Gets the engine's diagnostics. */
    readonly onDiagnostic: (diagnostic: NonNullable<EngineEvent["diagnosticEvent"]>) => void;
    /** Aborted: Pulumi is told to stop, as by Ctrl-C. */
    readonly signal: AbortSignal;
}

/**
 * Updates a stack.
 *
 * @throws Error with the one reason why it failed.
 */
export async function updateStack(
    stack: Stack,
    { refresh, replace = [] }: UpdateOptions,
    watched: Watched,
): Promise<void> {
    await operate(watched, (options) =>
        stack.up({ ...options, refresh, replace: [...replace], suppressOutputs: true }),
    );
}

/**
 * Deletes all that a stack has.
 *
 * @throws Error with the one reason why it failed.
 */
export async function destroyStack(stack: Stack, watched: Watched): Promise<void> {
    await operate(watched, (options) => stack.destroy({ ...options, suppressOutputs: true }));
}

/**
 * The signal for the library, which listens to it only once Pulumi runs (3.2xx, `automation/cmd.js`) and never asks whether
 * it is aborted already: who listens late is told, too.
 */
function heardLate(signal: AbortSignal): AbortSignal {
    const heard = new AbortController().signal;
    heard.addEventListener = (_type: string, listener: unknown) => {
        const tell = () => (listener as () => void)();
        if (signal.aborted) {
            tell();
        } else {
            signal.addEventListener("abort", tell, { once: true });
        }
    };
    return heard;
}

interface OperationOptions {
    readonly onEvent: (event: EngineEvent) => void;
    readonly signal: AbortSignal;
}

async function operate(
    { onDiagnostic, signal }: Watched,
    operation: (options: OperationOptions) => Promise<unknown>,
): Promise<void> {
    if (signal.aborted) {
        throw new Error("it was stopped before Pulumi had begun");
    }
    const errors: string[] = [];
    const onEvent = ({ diagnosticEvent }: EngineEvent) => {
        if (diagnosticEvent?.severity === "error") {
            errors.push(diagnosticEvent.message);
        } else if (diagnosticEvent) {
            onDiagnostic(diagnosticEvent);
        }
    };
    try {
        await operation({ onEvent, signal: heardLate(signal) });
    } catch (error) {
        throw new Error(reasonOf(errors, error as Error));
    }
}
