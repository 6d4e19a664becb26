/** Whose way is measured: this project's, or one of the two that Cilium's guide has for people. */
export const ways = ["ours", "helm", "cli"] as const;

export type Way = (typeof ways)[number];

/** A way that a person types. */
export type HandWay = Exclude<Way, "ours">;

/** What each way is called in all that is printed. */
export const wayNames: Readonly<Record<Way, string>> = {
    ours: "ours",
    helm: "helm",
    cli: "cilium CLI",
};

/** The ways that a person types, as far as they are among the given ones. */
export function handWaysOf(all: readonly Way[]): HandWay[] {
    return all.filter((way) => way !== "ours");
}

/** The ways in the order of a round: each begins as often as the others, so that all get the machine in each state. */
export function turnsOf(round: number, all: readonly Way[]): Way[] {
    const first = all.length === 0 ? 0 : (round - 1) % all.length;
    return [...all.slice(first), ...all.slice(0, first)];
}
