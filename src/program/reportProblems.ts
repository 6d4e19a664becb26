import * as pulumi from "@pulumi/pulumi";
import { ProblemsError } from "../config/problem";
import { FileError, sentenceOf } from "../machine/fileErrors";

/**
 * Runs a program; the user's own mistakes end it with their text alone. Pulumi shows a stack trace for every
 * error but `RunError`.
 */
export async function reportProblems<T>(program: () => Promise<T>): Promise<T> {
    try {
        return await program();
    } catch (error) {
        const sentence = sentenceOf(error);
        const isTold = error instanceof ProblemsError || error instanceof FileError;
        throw sentence !== undefined || isTold
            ? withoutStack(sentence ?? (error as Error).message)
            : error;
    }
}

/** Pulumi formats the stack even of an error whose stack it does not show, which takes seconds. */
function withoutStack(message: string): pulumi.RunError {
    const error = new pulumi.RunError(message);
    error.stack = message;
    return error;
}
