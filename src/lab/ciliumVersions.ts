import rcompare from "semver/functions/rcompare";
import { LabConfig } from "../config/labConfig";
import { listText } from "./wording";

/** What one cluster runs. */
export interface RunsCilium {
    readonly cluster: string;
    readonly ciliumVersion: string;
}

/** The Cilium of each of a config's clusters. */
export function ciliumVersions({ clusters }: LabConfig): RunsCilium[] {
    return clusters.map(({ name, release }) => ({ cluster: name, ciliumVersion: release.version }));
}

/** The oldest Cilium of a mesh: what reaches all clusters can do no more than that one knows. */
export function oldestVersion(config: LabConfig): string {
    return ciliumVersions(config)
        .map(({ ciliumVersion }) => ciliumVersion)
        .sort(rcompare)
        .at(-1)!;
}

/** Whether clusters of a mesh run different versions of Cilium. */
export function isMixed(clusters: readonly RunsCilium[]): boolean {
    return new Set(clusters.map(({ ciliumVersion }) => ciliumVersion)).size > 1;
}

/** `1.20.2`, or where they differ `1.19.7 (cluster1) and 1.20.2 (cluster2)`. */
export function versionsText(clusters: readonly RunsCilium[]): string {
    const versions = [...new Set(clusters.map(({ ciliumVersion }) => ciliumVersion))];
    if (!isMixed(clusters)) {
        return versions.join("");
    }
    return listText(
        versions.map((version) => {
            const own = clusters.filter(({ ciliumVersion }) => ciliumVersion === version);
            return `${version} (${listText(own.map(({ cluster }) => cluster))})`;
        }),
    );
}
