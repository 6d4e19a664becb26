import * as pulumi from "@pulumi/pulumi";
import { ProblemsError } from "../config/problem";

/**
 * Runs a program; the user's own mistakes end it with their text alone. Pulumi shows a stack trace for every
 * error but `RunError`.
 */
export async function reportProblems<T>(program: () => Promise<T>): Promise<T> {
    try {
        return await program();
    } catch (error) {
        throw error instanceof ProblemsError ? withoutStack(error.message) : error;
    }
}

/** Pulumi formats the stack even of an error whose stack it does not show, which takes seconds. */
function withoutStack(message: string): pulumi.RunError {
    const error = new pulumi.RunError(message);
    error.stack = message;
    return error;
}
