/** No x-wing could be asked to ask: an API server is away, or no x-wing pod is ready. */
export class CannotAskError extends Error {
    constructor(message: string) {
        super(message);
        this.name = "CannotAskError";
    }
}

/** A wrong command line; its message is one sentence. */
export class UsageError extends Error {}
