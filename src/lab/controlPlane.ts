import type { V1Deployment } from "@kubernetes/client-node";
import { LabConfig } from "../config/labConfig";
import { cacheTtlSeconds } from "./outage";
import { Side } from "./whoAnswers";

/** The Deployment by which the other clusters learn of a cluster's Services. */
export const apiserver = { namespace: "kube-system", name: "clustermesh-apiserver" } as const;

/** What a live clustermesh-apiserver adds to its cluster's side: that it is away on purpose, in the end. */
export function controlPlaneSide(
    live: V1Deployment | undefined,
    config: LabConfig,
): Pick<Side, "controlPlane"> {
    const isAway = live?.spec?.replicas === 0;
    return isAway ? { controlPlane: cacheTtlSeconds(config) > 0 ? "revoked" : "kept" } : {};
}
