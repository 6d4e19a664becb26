/** A change that was seen. */
export interface Mark {
    /** When, milliseconds since the epoch. */
    readonly at: number;
    /** What changed, a line each. */
    readonly texts: readonly string[];
    /** Who did it: `this board`, or as {@link madeBy} says. */
    readonly by: string;
    /** Nothing has to arrive of it: it happened to the lab, and the rule of who must answer is as before. */
    readonly isEvent?: true;
    /** Milliseconds until the last request got what the change means; undefined while it has not arrived. */
    readonly arrivedMs?: number;
}

/** A change of the lab, or an event in it, between two looks. */
export interface SeenChange {
    /** What changed, as `sharedService: true → false`. */
    readonly text: string;
    /** Who changed it, as `authorOf` says; undefined where nothing tells. */
    readonly author: string | undefined;
    /** As in {@link Mark}. */
    readonly isEvent?: true;
}

/** When changes were seen, and who worked on the lab then. */
export interface SeenWhen {
    /** Milliseconds since the epoch. */
    readonly at: number;
    /** Whether this board has changed the lab meanwhile. */
    readonly isOwnWork: boolean;
    /** Whether another command of this machine has had Pulumi change it. */
    readonly isPulumiAtWork?: boolean;
}

/** Changes of all clusters within that time and by the same author are one mark, in milliseconds. */
export const togetherMs = 2_500;

/** Marks that are kept. */
const mostMarks = 200;

/** What a change is of: a setting, or else all that is said. */
function subjectOf(text: string): string {
    return text.replace(/: [^:]* → [^:]*$/, "");
}

/**
 * The marks with those of some more changes, one for each author, in time's order. What changes and changes back has a
 * mark for each time.
 */
export function withChanges(
    marks: readonly Mark[],
    changes: readonly SeenChange[],
    when: SeenWhen,
): readonly Mark[] {
    const { at } = when;
    return changes
        .reduce((all, { text, author, isEvent }) => {
            const by = madeBy(author, when);
            const isSame = (mark: Mark) =>
                mark.by === by &&
                mark.isEvent === isEvent &&
                Math.abs(at - mark.at) < togetherMs &&
                !mark.texts.some((other) => subjectOf(other) === subjectOf(text));
            const same = all.findLast(isSame);
            const texts = [...(same?.texts ?? []), text];
            const mark = { at, by, texts, ...(isEvent && { isEvent }) };
            return [...all.filter((one) => one !== same), mark];
        }, marks)
        .toSorted((a, b) => a.at - b.at)
        .slice(-mostMarks);
}

/** The last mark of which something has to arrive; undefined where there was none. */
export function lastChange(marks: readonly Mark[]): Mark | undefined {
    return marks.findLast(({ isEvent }) => !isEvent);
}

/**
 * Who changed something, from what the objects say and from who was at work. What this board does, Pulumi writes; while
 * that goes on, others may change something, too. What leaves no trace, as an object that is deleted, is of whoever was
 * at work.
 */
export function madeBy(
    author: string | undefined,
    { isOwnWork, isPulumiAtWork = false }: Omit<SeenWhen, "at">,
): string {
    if (author !== "pulumi" && author !== undefined) {
        return author;
    }
    if (isOwnWork) {
        return "this board";
    }
    return author === "pulumi" || isPulumiAtWork ? "pulumi up" : "somebody";
}
