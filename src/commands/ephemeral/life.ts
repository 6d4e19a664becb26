/** What an ephemeral lab goes through. */
export interface Parts {
    /** Brings the lab up; returns an exit code. */
    readonly up: () => Promise<number>;
    /** Runs the caller's command; returns its exit code. */
    readonly command: () => Promise<number>;
    /** Proves the rule and writes the report; returns an exit code. */
    readonly proof: () => Promise<number>;
    /** Keeps what tells why something failed. */
    readonly logs: () => Promise<void>;
    /** Takes the lab away; returns an exit code. */
    readonly down: () => Promise<number>;
    /** Exit code of a process that the signal ended which this one was given; undefined without one. */
    readonly interrupted: () => number | undefined;
}

/**
 * Brings a lab up, uses it, proves it and takes it away, whatever happens in between. After a signal nothing
 * more is begun but the taking away.
 *
 * @returns The signal's exit code, else the first that is not 0.
 */
export async function live(parts: Parts): Promise<number> {
    let code: number;
    try {
        code = await use(parts);
    } catch (error) {
        await parts.down();
        throw error;
    }
    const down = await parts.down();
    return parts.interrupted() ?? (code || down);
}

async function use({ up, command, proof, logs, interrupted }: Parts): Promise<number> {
    // A signal may have come before the first part.
    let code = interrupted() ?? (await up());
    if (code === 0 && interrupted() === undefined) {
        code = await command();
        if (interrupted() === undefined) {
            code = firstFailure(code, await proof());
        }
    }
    if (code !== 0 && interrupted() === undefined) {
        await logs();
    }
    return code;
}

function firstFailure(...codes: number[]): number {
    return codes.find((code) => code !== 0) ?? 0;
}
