import { LabConfig, ServiceSettings } from "../config/labConfig";
import { AnnotationKeys } from "./annotations";
import { Side } from "./whoAnswers";

/** One thing that the lab varies in each cluster. */
export interface Setting {
    /** Its config key, `cluster2…` in front for all clusters but the first. */
    readonly key: keyof ServiceSettings;
    /** What people read in tables. */
    readonly title: string;
    /** The Service's annotation that says it; left out where another object does. */
    readonly annotation?: keyof AnnotationKeys;
    /** What a side of live objects says of it, in the config's words. */
    readonly live: (side: Side) => string;
    /** The value of nearly every lab: tables leave the setting out where all clusters have it. */
    readonly usual?: string;
}

/** All that the lab varies in each cluster, in the order in which people read it. */
export const settings: readonly Setting[] = [
    {
        key: "globalService",
        title: "Global",
        annotation: "global",
        live: ({ global }) => String(global),
    },
    {
        key: "sharedService",
        title: "Shared",
        annotation: "shared",
        live: ({ shared }) => String(shared),
    },
    {
        key: "serviceAffinity",
        title: "Affinity",
        annotation: "affinity",
        live: ({ affinity }) => affinityText(affinity),
    },
    {
        key: "rebelBaseReplicas",
        title: "Backends",
        live: ({ backends }) => String(backends),
    },
    {
        key: "globalNamespace",
        title: "Namespace global",
        live: ({ isNamespaceLocal }) => String(!isNamespaceLocal),
        usual: "true",
    },
];

type Annotated = Setting & Required<Pick<Setting, "annotation">>;

/** The settings that annotations of the Service say. */
export const annotated = settings.filter((one): one is Annotated => one.annotation !== undefined);

/** The settings of a cluster as a line: `globalService true, sharedService false, …`. */
export function settingsLine(cluster: LabConfig["clusters"][number]): string {
    return settings
        .filter(({ key, usual }) => String(cluster[key]) !== usual)
        .map(({ key }) => `${key} ${cluster[key]}`)
        .join(", ");
}

/** An annotation without a meaning is named as such: on some versions it has one (cilium/cilium#46623). */
function affinityText(annotation: string | undefined): string {
    if (annotation === undefined) {
        return "none";
    }
    const text = annotation.toLowerCase();
    return text === "local" || text === "remote" ? text : `the text ${JSON.stringify(annotation)}`;
}
