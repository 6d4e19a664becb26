import { PodTrouble } from "./podTrouble";

/** A trouble and how long it lasts. */
export interface NotedTrouble {
    readonly trouble: PodTrouble;
    /** Milliseconds since it was first seen. */
    readonly forMs: number;
    /** It has just become old enough to be told. */
    readonly isNews: boolean;
}

/** Remembers since when the pods of a cluster have their troubles. */
export class TroubleHistory {
    private readonly since = new Map<string, number>();
    private readonly told = new Set<string>();

    /** @param newsAfterMs Age in milliseconds at which a trouble is news, once. */
    constructor(private readonly newsAfterMs: number) {}

    /** Notes the troubles of one look and returns them with their age. */
    note(troubles: readonly PodTrouble[], now: number): NotedTrouble[] {
        this.forget(troubles);
        return troubles.map((trouble) => {
            const key = keyOf(trouble);
            const first = this.since.get(key) ?? now;
            const forMs = now - first;
            const isNews = forMs >= this.newsAfterMs && !this.told.has(key);
            this.since.set(key, first);
            if (isNews) {
                this.told.add(key);
            }
            return { trouble, forMs, isNews };
        });
    }

    /** A trouble that went away counts from zero when it comes back, unless its pod restarts all the time. */
    private forget(troubles: readonly PodTrouble[]): void {
        const current = troubles.map(keyOf);
        for (const key of this.since.keys()) {
            if (!current.includes(key) && !key.endsWith("/CrashLoopBackOff")) {
                this.since.delete(key);
            }
        }
    }
}

function keyOf({ namespace, pod, container, reason }: PodTrouble): string {
    return [namespace, pod, container, reason].join("/");
}
