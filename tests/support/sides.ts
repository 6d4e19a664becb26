import * as fc from "fast-check";
import { Outage, Side } from "../../src/lab/whoAnswers";

/**
 * A side as the measurements write it: `g s a=- r=2` is global, shared, without an affinity annotation, with
 * two backends; `g=false`, `s=false` and `a=local` are the other values; `p=cluster1` is a policy that lets in
 * cluster1's clients only; `n=local` is a namespace that is not global; `o=kept` and `o=revoked` are outages, `c=kept` and
 * `c=revoked` those of the clustermesh-apiserver alone; `v=1.19.5` is another Cilium than 1.20.2.
 */
export function sideOf(cluster: string, text: string): Side {
    const settings = new Map(
        text.split(" ").map((part): [string, string] => {
            const [key = "", value = "true"] = part.split("=");
            return [key, value];
        }),
    );
    const affinity = settings.get("a");
    return {
        cluster,
        ciliumVersion: settings.get("v") ?? ciliumVersion,
        global: settings.get("g") === "true",
        shared: settings.get("s") === "true",
        affinity: affinity === "-" ? undefined : affinity,
        backends: Number(settings.get("r")),
        ...(settings.has("p") ? { admits: [settings.get("p")!] } : {}),
        ...(settings.get("n") === "local" ? { isNamespaceLocal: true as const } : {}),
        ...(settings.has("c") ? { controlPlane: settings.get("c") as Outage } : {}),
        ...(settings.has("o") ? { outage: settings.get("o") as Outage } : {}),
    };
}

/** The Cilium of sides that do not say another. */
const ciliumVersion = "1.20.2";

/** Ciliums before the fault of affinity texts that have no meaning, with it, and after it (cilium/cilium#46623). */
const versions = ["1.17.9", "1.18.14", "1.19.5", "1.19.6", "1.20.0"];

/** The affinity annotations that have a meaning; undefined is no annotation. */
export const affinities = [undefined, "local", "remote"] as const;

/** Every combination of a cluster's settings without a policy: 2 · 2 · 3 · 2. */
export function openSides(cluster: string): Side[] {
    return [true, false].flatMap((global) =>
        [true, false].flatMap((shared) =>
            affinities.flatMap((affinity) =>
                [2, 0].map((backends) => {
                    const settings = { global, shared, affinity, backends };
                    return { cluster, ciliumVersion, ...settings };
                }),
            ),
        ),
    );
}

/** Every combination of a cluster's settings without a policy, and with one for its own clients. */
export function allSides(cluster: string): Side[] {
    const open = openSides(cluster);
    return [...open, ...open.map((side) => ({ ...side, admits: [cluster] }))];
}

/** The sides as they are, and with each outage of their cluster. */
export function withOutages(sides: readonly Side[]): Side[] {
    const outages = ["kept", "revoked"] as const;
    return sides.flatMap((side) => [side, ...outages.map((outage) => ({ ...side, outage }))]);
}

/** Any side of a cluster. */
export function anySide(
    cluster: string,
    texts: readonly (string | undefined)[] = affinities,
): fc.Arbitrary<Side> {
    return fc.record(
        {
            cluster: fc.constant(cluster),
            ciliumVersion: fc.constantFrom(...versions),
            global: fc.boolean(),
            shared: fc.boolean(),
            affinity: fc.constantFrom(...texts),
            backends: fc.constantFrom(0, 1, 2, 20),
            admits: fc.constantFrom([], [cluster], ["cluster1"], ["cluster1", "cluster2"]),
            isNamespaceLocal: fc.constant(true as const),
            outage: fc.constantFrom<Outage[]>("kept", "revoked"),
            controlPlane: fc.constantFrom<Outage[]>("kept", "revoked"),
        },
        { requiredKeys: ["cluster", "ciliumVersion", "global", "shared", "affinity", "backends"] },
    );
}

/** The sides of a mesh of so many clusters. */
export function anyMesh(
    { min, max }: { readonly min: number; readonly max: number },
    texts?: readonly (string | undefined)[],
): fc.Arbitrary<Side[]> {
    return fc
        .integer({ min, max })
        .chain((size) =>
            fc.tuple(...Array.from({ length: size }, (_, i) => anySide(`cluster${i + 1}`, texts))),
        );
}
