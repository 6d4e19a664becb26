import * as pulumi from "@pulumi/pulumi";
import { ProblemsError } from "./config/problem";

/**
 * Runs a program; the user's own mistakes end it with their text alone. Pulumi shows a stack trace for every
 * error but `RunError`.
 */
export async function reportProblems<T>(program: () => Promise<T>): Promise<T> {
    try {
        return await program();
    } catch (error) {
        throw error instanceof ProblemsError ? new pulumi.RunError(error.message) : error;
    }
}
