import { currentAnnotations } from "../lab/variant";

/** A change of cluster1's side, as config of ours and as what a person types. */
export interface Flip {
    readonly name: string;
    readonly change: readonly [key: string, value: string];
    /** Arguments of kubectl after the context. */
    readonly kubectl: readonly string[];
}

/** Every variant of the lab's settings and the way back from it, each starting where the one before ended. */
export const flips: readonly Flip[] = [
    ...annotationFlips("globalService", currentAnnotations.global),
    ...annotationFlips("sharedService", currentAnnotations.shared),
    affinityFlip("local"),
    affinityFlip(undefined),
    affinityFlip("remote"),
    affinityFlip(undefined),
    ...["0", "2"].map((replicas) => ({
        name: `rebelBaseReplicas ${replicas}`,
        change: ["rebelBaseReplicas", replicas] as const,
        kubectl: ["scale", "deployment/rebel-base", `--replicas=${replicas}`],
    })),
];

function annotationFlips(key: string, annotation: string): Flip[] {
    return ["false", "true"].map((value) => ({
        name: `${key} ${value}`,
        change: [key, value],
        kubectl: annotate(`${annotation}=${value}`),
    }));
}

function affinityFlip(value: "local" | "remote" | undefined): Flip {
    const { affinity } = currentAnnotations;
    return {
        name: `serviceAffinity ${value ?? "none"}`,
        change: ["serviceAffinity", value ?? "none"],
        kubectl: annotate(value === undefined ? `${affinity}-` : `${affinity}=${value}`),
    };
}

function annotate(annotation: string): string[] {
    return ["annotate", "--overwrite", "service/rebel-base", annotation];
}
