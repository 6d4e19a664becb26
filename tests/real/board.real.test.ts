import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Browser, Locator, Page, chromium } from "playwright-core";
import { tourSteps } from "../../src/lab/tourSteps";
import { RealLab, Started, docker, whyNotReal } from "../support/realLab";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const reason =
    whyNotReal() ??
    (existsSync(executablePath) ? undefined : `no browser at ${executablePath}; set CHROMIUM`);
const onRealClusters = reason === undefined ? describe : describe.skip;

/** Kept after the run, to be looked at. */
const screenshots = join(tmpdir(), "cilium-global-services-real-board");

/** Longest wait for something to be seen, in milliseconds: an update and its arrival on a busy machine. */
const patience = 300_000;

const agrees = "Every cluster that must answer does, and no other.";

onRealClusters(`the board of a real lab${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;
    let board: Started;
    let address: string;
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
        mkdirSync(screenshots, { recursive: true });
        lab = new RealLab();
        expect(lab.run("up").code).toBe(0);
        board = lab.start("board");
        [address] = await board.said(/http:\/\/127\.0\.0\.1:\S+/);
        const args = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"];
        browser = await chromium.launch({ executablePath, timeout: patience, args });
        page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
        page.setDefaultTimeout(patience);
        await page.goto(address);
        await sees(agrees);
    });

    afterAll(async () => {
        await browser?.close();
        try {
            // The last test ends it, where that runs.
            process.kill(-board.pid, "SIGINT");
            await board.ended;
        } catch {
            // It has ended.
        }
        lab.remove();
    });

    const sees = (text: string | RegExp) => shown(page.getByText(text).first());

    /** Waits for something to be seen; if it is not, tells what is. */
    async function shown(what: Locator): Promise<void> {
        await what.waitFor().catch(async ({ message }: Error) => {
            throw new Error(
                `${message}\nThe page says:\n${await page.locator("main").innerText()}`,
            );
        });
    }

    const picture = (name: string) =>
        page.screenshot({
            path: join(screenshots, `${name}.png`),
            fullPage: true,
            timeout: patience,
        });

    /** Plans by this button, applies, and waits until the requests agree with the new rule. */
    async function change(button: string): Promise<void> {
        await page.locator(button).click();
        await page.getByRole("button", { name: "Apply", exact: true }).click();
        // The change before this one is done, too.
        await page.locator(".work-state.running").waitFor();
        await shown(page.locator(".work-state.done"));
        await shown(page.locator(".verdict.agrees"));
    }

    /** Changes cluster1 as somebody does at a terminal. */
    function byKubectl(command: readonly string[]): void {
        const isNew = command[0] === "annotate" ? ["--overwrite"] : [];
        const { code, output } = lab.kubectl("cluster1", ...command, ...isNew);
        expect({ code, output }).toMatchObject({ code: 0 });
    }

    test("shows the lab as it is", async () => {
        expect(await page.locator(".picture.wide rect.pod").count()).toBe(4);
        await page.locator(".picture.wide .link.connected").waitFor();
        await picture("first");
    });

    test("takes one through the tour, and every step agrees", async () => {
        for (const index of tourSteps.keys()) {
            await change(`#step-${index}`);
            await picture(`step-${index + 1}`);
        }
        expect(await page.locator(".path .tag", { hasText: "seen" }).count()).toBe(
            tourSteps.length,
        );
        // The step that the training's question was about, for the README.
        await change("#step-3");
        await picture("not-shared");
        copyFileSync(join(screenshots, "not-shared.png"), join(screenshots, "board.png"));
        await change("#restore");
    });

    test.each([
        {
            command: ["scale", "deployment/rebel-base", "--replicas=1"],
            change: "rebelBaseReplicas: 2 → 1",
        },
        {
            command: ["annotate", "service/rebel-base", "service.cilium.io/shared=false"],
            change: "sharedService: true → false",
        },
        {
            command: ["rollout", "restart", "deployment/rebel-base"],
            change: "rebel-base in cluster1 gets new pods",
        },
    ])("marks $command.0 by kubectl, and puts it back", async ({ command, change: text }) => {
        byKubectl(command);
        const mark = page
            .locator(".marks li", { hasText: text })
            .filter({ hasNotText: "this board" })
            .first();
        await shown(mark);
        const look = ["get", "service,deployment", "rebel-base", "-o", "yaml"];
        const { output } = lab.kubectl("cluster1", ...look, "--show-managed-fields");
        expect({ mark: await mark.innerText(), output }).toEqual({
            mark: expect.stringContaining("kubectl") as string,
            output,
        });
        await picture(`by-${command[0]}`);
        await change('[data-do="plan-reconcile"]');
        await page.getByText("Not as in the config").waitFor({ state: "detached" });
    });

    const marksOf = (text: string | RegExp) => page.locator(".marks li", { hasText: text });

    test("marks a deleted pod with its replacement, and none that a rollout or a scale took", async () => {
        expect(await marksOf("was deleted").count()).toBe(0);
        const look = ["get", "pods", "--selector=name=rebel-base", "--output=name"];
        const [pod] = lab.kubectl("cluster1", ...look).stdout.split("\n");
        byKubectl(["delete", pod!, "--wait=false"]);
        await shown(marksOf(/was deleted; rebel-base-\S+ replaces it/).first());
        await shown(page.locator(".verdict.agrees"));
        expect(await marksOf("was deleted").count()).toBe(1);
        await picture("by-delete");
    });

    test("marks somebody's policy when it comes, changes and goes", async () => {
        const apply = (port: number) => {
            const policy = {
                apiVersion: "networking.k8s.io/v1",
                kind: "NetworkPolicy",
                metadata: { name: "mine", namespace: "default" },
                spec: {
                    podSelector: { matchLabels: { name: "rebel-base" } },
                    ingress: [{ ports: [{ port }, { port: 80 }] }],
                },
            };
            const { code, output } = docker(
                ...["exec", lab.node("cluster1"), "sh", "-c"],
                `echo '${JSON.stringify(policy)}' | kubectl --kubeconfig=/etc/kubernetes/admin.conf apply -f -`,
            );
            expect({ code, output }).toMatchObject({ code: 0 });
        };
        apply(8080);
        const about = "NetworkPolicy mine in cluster1";
        await shown(marksOf(`${about} created; it applies to rebel-base`).first());
        apply(8081);
        await shown(marksOf(`${about} changed; it applies to rebel-base`).first());
        expect(await marksOf(`${about} changed`).first().innerText()).toContain("kubectl");
        byKubectl(["delete", "networkpolicy/mine"]);
        await shown(marksOf(`${about} deleted; it applied to rebel-base`).first());
        await shown(page.locator(".verdict.agrees"));
        await picture("policies");
    });

    test("marks the lab's own policy as Pulumi's, when another terminal sets it and takes it away", async () => {
        for (const [value, text] of [
            ["cluster1-only", "networkPolicy: none → cluster1-only"],
            ["none", "networkPolicy: cluster1-only → none"],
        ] as const) {
            lab.set("networkPolicy", value);
            const { code, output } = await lab.start("up").ended;
            expect([code, output]).toEqual([0, output]);
            await shown(marksOf(text).first());
            expect(await marksOf(text).first().innerText()).toContain("pulumi up");
        }
    });

    test("shows a second page and a projector the same, and goes on when they have gone", async () => {
        const projector = lab.start("board", "--read-only");
        const [guest] = await projector.said(/http:\/\/127\.0\.0\.1:\S+/);
        const others = [
            { opened: await browser.newPage(), address, by: "this board" },
            { opened: await browser.newPage(), address: guest, by: "pulumi up" },
        ];
        for (const { opened, address: own } of others) {
            opened.setDefaultTimeout(patience);
            await opened.goto(own);
            await shown(opened.getByText(agrees).first());
        }
        await page.locator("#set-sharedService").uncheck();
        await change('[data-do="plan-set"]');
        for (const { opened, by } of others) {
            const mark = opened.locator(".marks li", { hasText: "sharedService: true → false" });
            await shown(mark.first());
            expect(await mark.first().innerText()).toContain(by);
            await shown(opened.locator(".verdict.agrees"));
            await opened.close();
        }
        process.kill(-projector.pid, "SIGINT");
        expect((await projector.ended).code).toBe(130);
        await page.locator("#set-sharedService").check();
        await change('[data-do="plan-set"]');
    });

    test("cancels a change, and the next one goes on from there", async () => {
        await page.locator("#set-serviceAffinity").selectOption("local");
        await page.getByRole("button", { name: "Plan this change" }).click();
        await page.getByRole("button", { name: "Apply", exact: true }).click();
        // What is set is kept; before that, there would be nothing to go on from.
        await page.locator("#work .output", { hasText: "config set serviceAffinity" }).waitFor();
        await page.locator("#cancel").click();
        await sees(/^Cancelled after/);
        await change('[data-do="plan-reconcile"]');
        await sees(/serviceAffinity is local/);
        expect(await page.locator("#set-serviceAffinity").inputValue()).toBe("local");
    });

    test("survives an API server that goes away and comes back", async () => {
        docker("pause", lab.node("cluster2"));
        await sees(/^cluster2: its API server does not answer/);
        await shown(marksOf("cluster2's node: running → paused").first());
        await picture("paused");
        docker("unpause", lab.node("cluster2"));
        await shown(marksOf("cluster2's node: paused → running").first());
        await page.locator(".verdict.agrees").waitFor();
    });

    test("leaves nothing running in the pods when it ends", async () => {
        process.kill(-board.pid, "SIGINT");
        expect((await board.ended).code).toBe(130);
        for (const cluster of ["cluster1", "cluster2"] as const) {
            const { stdout } = lab.kubectl(
                ...([cluster, "exec", "deploy/x-wing", "--"] as const),
                ...["sh", "-c", "cat /proc/[0-9]*/comm"],
            );
            expect(stdout.split("\n")).not.toContain("curl");
        }
        await sees("The board does not answer; npm run board starts it again.");
    });
});
