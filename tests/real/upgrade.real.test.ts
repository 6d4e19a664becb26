import { setTimeout as sleep } from "node:timers/promises";
import type { V1Pod } from "@kubernetes/client-node";
import { Ended, RealLab, recovered, whyNotReal } from "../support/realLab";
import { Tally, askSteadily } from "../support/steadyRequests";

const reason = whyNotReal();
const onRealClusters = reason === undefined ? describe : describe.skip;
const clusters = ["cluster1", "cluster2"] as const;

/** A stack file with the keys of another Cilium; without one, a value is changed that makes every pod anew. */
const upgrade = process.env.LAB_TEST_UPGRADE;

onRealClusters(`Cilium anew under load${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;

    beforeAll(() => {
        lab = new RealLab();
        // What the global service answers crosses the clusters; `home` is no global service.
        lab.configure({ serviceAffinity: "remote", cluster2ServiceAffinity: "remote" });
        expect(lab.run("up").output).toContain("Requests and rule agree");
        for (const cluster of clusters) {
            lab.kubectl(cluster, "expose", "deployment/rebel-base", "--name=home", "--port=80");
        }
    });

    afterAll(() => lab.remove());

    /** The Cilium pods of both clusters that are not on their way out. */
    function ciliumPods(): string[] {
        const selector = "app.kubernetes.io/part-of=cilium";
        return clusters.flatMap((cluster) => {
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

    /** A certificate of a cluster's mesh, as its Secret has it. */
    function certificate(cluster: "cluster1" | "cluster2", secret: string, key: string): string {
        const path = `jsonpath={.data.${key.replace(".", "\\.")}}`;
        return lab.kubectl(cluster, "-n", "kube-system", "get", "secret", secret, "-o", path)
            .stdout;
    }

    /** Does the work while a client in each cluster asks both services, and tells what became of it. */
    async function underLoad(
        title: string,
        replaced: RegExp,
        work: () => Promise<Ended>,
    ): Promise<Tally[]> {
        const clients = clusters.flatMap((cluster) =>
            ["rebel-base", "home"].map((service) => ({
                title: `${title}: asked from ${cluster} for ${service}`,
                client: askSteadily(lab, cluster, service),
            })),
        );
        await sleep(3000);
        const before = ciliumPods().filter((pod) => replaced.test(pod));
        const { code, output, seconds } = await work();
        expect(output).toContain("Requests and rule agree");
        expect(code).toBe(0);
        expect(ciliumPods().filter((pod) => before.includes(pod))).toEqual([]);
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
    function expectServed([remote1, home1, remote2, home2]: readonly Tally[]): void {
        for (const { sent, failed } of [remote1!, home1!, remote2!, home2!]) {
            expect(sent).toBeGreaterThan(100);
            expect(failed).toBeLessThan(sent / 20);
        }
        expect(Object.keys(remote1!.answered)).toEqual(["cluster2"]);
        expect(Object.keys(home1!.answered)).toEqual(["cluster1"]);
        expect(Object.keys(remote2!.answered)).toEqual(["cluster1"]);
        expect(Object.keys(home2!.answered)).toEqual(["cluster2"]);
    }

    test("an upgrade replaces every Cilium pod of both clusters and loses next to no request", async () => {
        if (upgrade) {
            lab.setAll(upgrade);
        } else {
            for (const owner of ["", ".operator", ".clustermesh.apiserver"]) {
                lab.setPath(`ciliumValues${owner}.podAnnotations.made`, "anew");
            }
        }
        expectServed(await underLoad("upgrade of Cilium", /./, () => lab.start("up").ended));
    });

    test("certificates are renewed with their CA, in a mesh that goes on", async () => {
        const names = [
            ["cilium-ca", "ca.crt"],
            ["clustermesh-apiserver-server-cert", "tls.crt"],
            ["clustermesh-apiserver-remote-cert", "tls.crt"],
        ] as const;
        const all = () => names.map(([secret, key]) => certificate("cluster1", secret, key));
        const before = all();
        const renew = () => lab.start("up", "--renew-certificates").ended;
        // The operator reads no certificate of the mesh.
        const readers = / (cilium-(?!operator)|clustermesh-)/;
        expectServed(await underLoad("renewal of all certificates", readers, renew));
        const after = all();
        expect(after.every((pem, index) => pem !== "" && pem !== before[index])).toBe(true);
        expect(certificate("cluster2", ...names[0])).toBe(after[0]);
    });
});
