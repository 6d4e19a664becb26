import { CannotAskError } from "../../config/errors";
import { ClusterName } from "../../config/labConfig";
import { printable } from "../../config/problem";
import { namespace } from "../../lab/globalNamespace";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { OpenSession } from "../../mesh/kube/session";
import { feed } from "../live/feed";
import { askersAmong } from "../verify/liveMesh";
import { Request } from "./statistics";
import { steadyLoad } from "./steady";

/** A cluster that is asked from. */
export interface AskingCluster {
    readonly cluster: ClusterName;
    readonly api: ClusterApi;
    readonly open: OpenSession;
}

/** Steady requests from one x-wing of each cluster, kept with what came of them. */
export interface Recording {
    /** All requests of which it is known what came of them, in the order in which that became known. */
    readonly requests: readonly Request[];
    /** Why a client could not ask for a while, a sentence each. */
    readonly troubles: readonly string[];
    /** Ends the requests. Resolves when they have ended. */
    readonly stop: () => Promise<void>;
}

/**
 * Begins to ask from every cluster.
 *
 * @throws CannotAskError where a cluster has no x-wing that is ready.
 */
export async function startRecording(
    clusters: readonly AskingCluster[],
    now: () => number,
): Promise<Recording> {
    const requests: Request[] = [];
    const troubles: string[] = [];
    const end = new AbortController();
    const clients = await Promise.all(
        clusters.map(async ({ cluster, api, open }) => {
            const [asker] = askersAmong(await api.pods(namespace, "name=x-wing"));
            if (asker === undefined) {
                throw new CannotAskError(`no x-wing of ${cluster} is ready.`);
            }
            return { cluster, open, pod: asker.pod };
        }),
    );
    const feeds = clients.map(({ cluster, open, pod }) =>
        feed(
            {
                client: cluster,
                pod: () => pod,
                open: () => open,
                load: steadyLoad,
                now,
                onSent: ({ client, at, outcomes }) =>
                    void requests.push(...outcomes.map((outcome) => ({ client, at, ...outcome }))),
                onTrouble: (trouble) => {
                    const sentence = `${cluster} asked nothing for a while: ${printable(trouble ?? "")}`;
                    if (trouble !== undefined && !troubles.includes(sentence)) {
                        troubles.push(sentence);
                    }
                },
            },
            end.signal,
        ),
    );
    return {
        requests,
        troubles,
        stop: async () => {
            end.abort();
            await Promise.all(feeds);
        },
    };
}
