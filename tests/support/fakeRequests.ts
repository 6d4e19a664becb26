import { endLine } from "../../src/proof/verify/script";

/** What comes of one request: the cluster that answers, nobody, or something else than a rebel-base. */
export type FakeAnswer = string | undefined;

/** The answer of something that is no rebel-base. */
export const badGateway = "502";

/** How many requests a command sends. */
export function requestsIn(command: readonly string[]): number {
    return Number(/\[1-(\d+)\]/.exec(command.join(" "))?.[1]);
}

/** What the script prints of so many requests, and of its control where none is answered. */
export function scriptOutput(
    requests: number,
    answerOf: (index: number) => FakeAnswer,
    control = "control 403 0",
): string {
    const answers = Array.from({ length: requests }, (_, index) => answerOf(index));
    const lines = answers.map((answer, index) => `${index + 1} ${transfer(answer)}`);
    const bodies = answers.flatMap((answer, index) =>
        answer === undefined ? [] : [`${index + 1}:${body(answer)}`],
    );
    return [...lines, ...bodies, ...(bodies.length === 0 ? [control] : []), endLine, ""].join("\n");
}

function transfer(answer: FakeAnswer): string {
    if (answer === undefined) {
        return "000 28 1.001";
    }
    return answer === badGateway ? "502 0 0.004" : "200 0 0.004";
}

function body(answer: string): string {
    return answer === badGateway
        ? "<html>"
        : `{"Galaxy": "Alderaan", "Cluster": "${answer.replace("cluster", "Cluster-")}"}`;
}
