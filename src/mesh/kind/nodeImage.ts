import { LabConfig } from "../../config/labConfig";
import { gatherFacts } from "../../machine/facts";
import { Runner } from "../../machine/run";

/** The node images that the lab takes by itself: of those that the pinned kind lists, the newest that Cilium is tested on. */
export const nodeImages = {
    /** Kubernetes 1.36, supported until 2027-06-28. */
    newest: "kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed",
    /** Kubernetes 1.34: from 1.35 on, the kubelet refuses cgroup v1 (kubernetes/enhancements#5573). */
    cgroup1:
        "kindest/node:v1.34.11@sha256:44e222ee2132dab25ff87301682f89eb82c7880ea3a1bf543bfe9708fd08d67d",
} as const;

/** What a choice depends on. */
export interface NodeImageFacts {
    /** The config's `nodeImage`; empty leaves the choice to the lab. */
    readonly configured: string;
    /** Of the engine's machine; undefined if it does not tell. */
    readonly cgroupVersion?: "1" | "2";
    /** What the stack's clusters that are there were made of: another image would replace them. */
    readonly made?: string;
}

/**
 * The node image of a stack's clusters: the configured one; else the one they have; else the newest that this machine
 * boots.
 *
 * @returns The image, and what to tell if it is not the usual one.
 */
export function chooseNodeImage({ configured, cgroupVersion, made }: NodeImageFacts): {
    readonly image: string;
    readonly news?: string;
} {
    if (configured !== "") {
        return { image: configured };
    }
    if (made !== undefined) {
        return { image: made };
    }
    if (cgroupVersion !== "1") {
        return { image: nodeImages.newest };
    }
    const [name] = nodeImages.cgroup1.split("@");
    return {
        image: nodeImages.cgroup1,
        news: `this machine has cgroup v1, which Kubernetes 1.35 and later refuse; the nodes run ${name}`,
    };
}

/** The config with the node image that clusters made now would get. */
export async function withNodeImage(config: LabConfig, run: Runner): Promise<LabConfig> {
    if (config.nodeImage !== "") {
        return config;
    }
    const { engine } = await gatherFacts(run);
    const cgroupVersion = engine.state === "running" ? engine.cgroupVersion : undefined;
    return { ...config, nodeImage: chooseNodeImage({ configured: "", cgroupVersion }).image };
}
