import { setTimeout as sleep } from "node:timers/promises";
import type { V1Pod } from "@kubernetes/client-node";
import { clusterNames } from "../../src/config/labConfig";
import { Ended, RealLab, recovered } from "./realLab";
import { Tally, askSteadily } from "./steadyRequests";

/** What the global service answers crosses the clusters; `home` is no global service. */
export const crossing = { serviceAffinity: "remote", cluster2ServiceAffinity: "remote" };

/** Brings up a lab whose clients ask for a service across the clusters, and for one at home. */
export function upWithHome(lab: RealLab): void {
    lab.configure(crossing);
    expect(lab.run("up").output).toContain("Requests and rule agree");
    for (const cluster of clusterNames) {
        lab.kubectl(cluster, "expose", "deployment/rebel-base", "--name=home", "--port=80");
    }
}

/** The Cilium pods of both clusters that are not on their way out, each after its cluster's name. */
export function ciliumPods(lab: RealLab): string[] {
    const selector = "app.kubernetes.io/part-of=cilium";
    return clusterNames.flatMap((cluster) => {
        const { stdout } = lab.kubectl(
            ...([cluster, "-n", "kube-system", "get", "pods", "-l", selector] as const),
            ...["-o", "json"],
        );
        const { items } = JSON.parse(stdout) as { items: V1Pod[] };
        return items
            .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
            .map(({ metadata }) => `${cluster} ${metadata!.name!}`);
    });
}

/** A change of the lab's Cilium. */
export interface LoadedChange {
    /** What is printed with its times and counts. */
    readonly title: string;
    /** The pods that must be replaced. */
    readonly replaced: RegExp;
    /** Those that must not; by default nobody looks at the others. */
    readonly kept?: RegExp;
    readonly work: () => Promise<Ended>;
}

/** Makes the change while a client in each cluster asks for both services, and tells what became of it. */
export async function underLoad(
    lab: RealLab,
    { title, replaced, kept, work }: LoadedChange,
): Promise<Tally[]> {
    const clients = clusterNames.flatMap((cluster) =>
        ["rebel-base", "home"].map((service) => ({
            title: `${title}: asked from ${cluster} for ${service}`,
            client: askSteadily(lab, cluster, service),
        })),
    );
    await sleep(3000);
    const before = ciliumPods(lab);
    const { code, output, seconds } = await work();
    expect(output).toContain("Requests and rule agree");
    expect(code).toBe(0);
    const after = ciliumPods(lab);
    expect(after.filter((pod) => replaced.test(pod) && before.includes(pod))).toEqual([]);
    expect(before.filter((pod) => kept?.test(pod) && !after.includes(pod))).toEqual([]);
    recovered(title, seconds);
    return Promise.all(
        clients.map(async (asked) => {
            const tally = await asked.client.stop();
            process.stdout.write(`${asked.title}: ${JSON.stringify(tally)}\n`);
            return tally;
        }),
    );
}

/** Next to nothing was lost, and every answer came from where it should. */
export function expectServed([remote1, home1, remote2, home2]: readonly Tally[]): void {
    for (const { sent, failed } of [remote1!, home1!, remote2!, home2!]) {
        expect(sent).toBeGreaterThan(100);
        expect(failed).toBeLessThan(sent / 20);
    }
    expect(Object.keys(remote1!.answered)).toEqual(["cluster2"]);
    expect(Object.keys(home1!.answered)).toEqual(["cluster1"]);
    expect(Object.keys(remote2!.answered)).toEqual(["cluster1"]);
    expect(Object.keys(home2!.answered)).toEqual(["cluster2"]);
}
