import * as pulumi from "@pulumi/pulumi";
import { ProblemsError } from "../../../src/config/problem";
import { reportProblems } from "../../../src/program/reportProblems";

/** What a program's failure becomes. */
function reported(error: Error): Promise<unknown> {
    return reportProblems(() => Promise.reject(error)).catch((reason: unknown) => reason);
}

test("the result of a program that succeeds is handed on", async () => {
    expect(await reportProblems(() => Promise.resolve(7))).toBe(7);
});

test("the user's own mistakes become Pulumi's error without a stack trace, with the same text", async () => {
    const problems = new ProblemsError([{ message: "a is wrong.", fix: "mend a" }]);
    const error = await reported(problems);
    expect(pulumi.RunError.isInstance(error)).toBe(true);
    expect((error as Error).message).toBe(
        "1 problem; nothing was created or changed:\n  - a is wrong.\n    Fix: mend a",
    );
    // Pulumi would format it, which takes long, though it shows none.
    expect((error as Error).stack).toBe((error as Error).message);
});

test("any other error is passed on as it is", async () => {
    const error = new Error("a bug");
    expect(await reported(error)).toBe(error);
});
