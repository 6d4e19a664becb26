import { answeringText } from "../../lab/wording";

/** The answers a student can choose from, for a mesh of these clusters: every subset, all of them first. */
export function choices(clusters: readonly string[]): string[][] {
    const subsets = clusters.reduce<string[][]>(
        (sets, cluster) => [...sets, ...sets.map((set) => [...set, cluster])],
        [[]],
    );
    return subsets.sort((a, b) => b.length - a.length);
}

/** The question to a student, with the numbers to choose. */
export function question(client: string, clusters: readonly string[]): string {
    const options = choices(clusters).map(
        (choice, index) => `[${index + 1}] ${answeringText(choice)}`,
    );
    return `Who will answer when ${client} asks?  ${options.join("  ")}  [Enter] do not guess: `;
}

/** The choice that an input means: a number of the list; undefined for anything else. */
export function choiceOf(input: string, clusters: readonly string[]): string[] | undefined {
    const number = /^\s*(\d+)\s*$/.exec(input)?.[1];
    return number === undefined ? undefined : choices(clusters)[Number(number) - 1];
}

/** What a student is told about a guess. */
export function feedback(guess: readonly string[], actual: readonly string[]): string {
    const right = guess.length === actual.length && guess.every((name) => actual.includes(name));
    return right
        ? `right: ${answeringText(actual)}`
        : `not quite: ${answeringText(actual)}, you said ${answeringText(guess)}`;
}
