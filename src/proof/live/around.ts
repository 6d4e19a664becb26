import { ClusterName } from "../../config/labConfig";
import { namespace } from "../../lab/globalNamespace";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { Linked, Links, linkChanges, linksAfter } from "./links";
import { PeerView, lookAtPeers } from "./look";
import { SeenChange } from "./marks";
import { PolicyView, policyChanges, policyViews } from "./policies";

/** What a look around a cluster tells. */
export interface LookAround {
    /** Undefined where no agent tells. */
    readonly peers: readonly PeerView[] | undefined;
    /** The policies that hold for the namespace and are no CiliumNetworkPolicies, as they were last seen. */
    readonly policies: readonly PolicyView[];
    readonly changes: readonly SeenChange[];
}

/** What is around the lab's objects, looked at less often than they are: policies of other kinds, and the mesh's links. */
export class Around {
    private links: Links = new Map();
    private readonly policies = new Map<string, readonly PolicyView[]>();

    /** Looks around one of the clusters. What cannot be looked at is as it was. */
    async look(
        cluster: ClusterName,
        reaches: readonly {
            readonly cluster: ClusterName;
            readonly api: ClusterApi | undefined;
        }[],
    ): Promise<LookAround> {
        const names = reaches.map((reach) => reach.cluster);
        const api = reaches.find((reach) => reach.cluster === cluster)?.api;
        const others = names.filter((name) => name !== cluster);
        const [peers, policies] = await Promise.all([
            api && lookAtPeers(api, others).catch(() => undefined),
            api?.otherPolicies(namespace).then(policyViews, () => undefined),
        ]);
        const before = this.policies.get(cluster) ?? policies ?? [];
        const after = policies ?? before;
        if (policies !== undefined) {
            this.policies.set(cluster, policies);
        }
        return { peers, policies: after, changes: policyChanges(cluster, before, after) };
    }

    /** The links that were lost or are back, after another word of an agent. */
    linksNow(clusters: readonly Linked[]): SeenChange[] {
        const before = this.links;
        this.links = linksAfter(before, clusters);
        return linkChanges(before, this.links);
    }
}
