import { Browser } from "playwright-core";
import { BoardServer } from "../../src/commands/board/server";
import { Visit, patience, visit } from "../support/boardVisit";
import { inBrowser, launchBrowser, skipped } from "../support/browser";
import { FakeLab } from "../support/fakeLab";
import { updated } from "../support/managedFields";

const agrees = "Every cluster that must answer does, and no other.";

inBrowser(`the marks of changes on the board${skipped}`, () => {
    let browser: Browser;
    let lab: FakeLab;
    let server: BoardServer;
    let open: Visit;

    beforeAll(async () => {
        browser = await launchBrowser();
    });

    afterAll(() => browser?.close());

    afterEach(async () => {
        await open.page.close();
        await server.close();
    });

    async function look(given = new FakeLab(), until: string | RegExp = agrees): Promise<void> {
        lab = given;
        server = await lab.serve();
        open = await visit(browser, server);
        await open.sees(until);
    }

    /** The marks that are listed, the last first: who made each, and what. */
    async function marks(): Promise<string[]> {
        const all = await open.page.locator(".marks li").allInnerTexts();
        return all.map((text) => /\d\d:\d\d:\d\d (.*)/.exec(text)![1]!);
    }

    test("name a pod that was deleted, and the one that replaces it", async () => {
        await look();
        lab.replaced.cluster1 = 1;
        await open.sees(/was deleted/);
        expect(await marks()).toEqual([
            "somebody rebel-base-7c9d6f5b84-8zr2m0 in cluster1 was deleted; rebel-base-7c9d6f5b84-8zr2m2 replaces it",
        ]);
        await open.sees(/^arrived after/);
    });

    test("name a node that somebody pauses, and its return", async () => {
        await look();
        lab.nodes.set("cluster2", "paused");
        lab.away.add("cluster2");
        await open.sees("cluster2's node: running → paused");
        lab.away.clear();
        await open.sees("cluster2's node: paused → running");
        expect(await marks()).toEqual([
            "somebody cluster2's node: paused → running",
            "somebody cluster2's node: running → paused",
        ]);
    });

    test("name the outage that the config asks for, of a command in another terminal", async () => {
        await look();
        lab.isPulumiAtWork = true;
        lab.own = { outage: "cluster2" };
        lab.nodes.set("cluster2", "paused");
        lab.away.add("cluster2");
        await open.sees("outage: none → cluster2 (cluster)");
        await open.sees("cluster2 cannot be seen: outage is cluster2");
        expect(await marks()).toEqual(["pulumi up outage: none → cluster2 (cluster)"]);
        expect(await open.page.getByText("cluster2 asks nothing:").count()).toBe(0);
        lab.own = {};
        lab.away.clear();
        await open.sees("outage: cluster2 (cluster) → none");
        expect((await marks())[0]).toBe("pulumi up outage: cluster2 (cluster) → none");
    });

    test("are none of an API server that is silent while its node runs", async () => {
        await look();
        lab.away.add("cluster2");
        await open.sees(/^cluster2: its API server does not answer/);
        const end = Date.now() + patience;
        while (lab.asksOfNodes < 2) {
            expect(Date.now()).toBeLessThan(end);
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        lab.away.clear();
        await open.sees(agrees);
        expect(await marks()).toEqual([]);
    });

    test("name somebody else's policy when it comes, changes and goes, and the page says where it is", async () => {
        await look();
        const title = "CiliumNetworkPolicy deny in cluster1";
        const spec = { endpointSelector: { matchLabels: { name: "rebel-base" } }, ingress: [{}] };
        const policy = (rules: object, manager: string) => ({
            kind: "CiliumNetworkPolicy",
            metadata: { name: "deny", managedFields: [updated(manager, 20, "spec.ingress")] },
            spec: rules,
        });
        lab.policies.cluster1 = [policy(spec, "kubectl-client-side-apply")];
        await open.sees(`${title} created; it applies to rebel-base`);
        await open.sees(`${title} applies to rebel-base; it is not the lab's`);
        lab.policies.cluster1 = [policy({ ...spec, ingress: [] }, "kubectl-edit")];
        await open.sees(`${title} changed; it applies to rebel-base`);
        lab.policies.cluster1 = [];
        await open.sees(`${title} deleted; it applied to rebel-base`);
        const all = (await marks()).join("; ");
        expect(all).toMatch(/somebody .* deleted/);
        expect(all).toMatch(/kubectl .* created/);
        await open.page.getByText("Beside the lab").waitFor({ state: "detached" });
        // Of what the rule does not know, nothing has to arrive.
        expect(await open.page.locator(".marks .note").count()).toBe(0);
        await open.sees(agrees);
    });

    test("name Pulumi in another terminal for the lab's policy that it deletes", async () => {
        await look(new FakeLab({ networkPolicy: "cluster1-only" }));
        lab.isPulumiAtWork = true;
        // It works for some seconds before it deletes anything.
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        lab.own = {};
        lab.live = {};
        await open.sees("networkPolicy: cluster1-only → none");
        expect(await marks()).toEqual(["pulumi up networkPolicy: cluster1-only → none"]);
    });

    test("name a link of the mesh that is lost, and its return", async () => {
        await look();
        await open.page.locator(".picture.wide .link.connected").waitFor();
        lab.unmeshed.add("cluster2");
        await open.sees("mesh of cluster1 and cluster2: connected → broken");
        lab.unmeshed.clear();
        await open.sees("mesh of cluster1 and cluster2: broken → connected");
        expect((await marks()).map((text) => text.split(" mesh")[0])).toEqual(["Cilium", "Cilium"]);
    });
});
