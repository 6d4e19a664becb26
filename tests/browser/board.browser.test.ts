import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Browser, Page } from "playwright-core";
import { readAssets } from "../../src/commands/board/assets";
import { BoardServer } from "../../src/commands/board/server";
import {
    ask as askServer,
    expectReadable,
    patience,
    visit,
    visitor as visitorOf,
} from "../support/boardVisit";
import { inBrowser, launchBrowser, screenshotFolder, skipped } from "../support/browser";
import { pod } from "../support/fakeClusterApi";
import { FakeLab } from "../support/fakeLab";

let lab: FakeLab;
let server: BoardServer;

async function serve(given = new FakeLab(), isReadOnly = false): Promise<void> {
    lab = given;
    server = await given.serve({ isReadOnly });
}

afterEach(() => server.close());

const ask = (path: string, sent: Parameters<typeof askServer>[2]) => askServer(server, path, sent);
const visitor = () => visitorOf(server);

/** Waits until something is so. */
async function until(isSo: () => boolean): Promise<void> {
    const end = Date.now() + patience;
    while (!isSo()) {
        expect(Date.now()).toBeLessThan(end);
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
}

describe("the board's server", () => {
    test("has its page for whoever has the token, and for nobody else", async () => {
        await serve();
        const headers = await visitor();
        expect((await ask("/", { headers })).text).toContain("Who answers");
        expect((await ask("/", {})).status).toBe(401);
        expect((await ask("/?token=wrong", {})).status).toBe(401);
        expect((await ask("/", { headers: { ...headers, host: "evil.example" } })).status).toBe(
            403,
        );
        const elsewhere = { ...headers, origin: "http://evil.example" };
        const change = { method: "POST", body: '{"kind":"exercise","name":"failover"}' };
        expect((await ask("/change", { ...change, headers: elsewhere })).status).toBe(403);
        expect(lab.own).toEqual({});
    });

    test("has no file but those of its page, whatever the path says", async () => {
        await serve();
        const headers = await visitor();
        for (const path of [
            "/../package.json",
            "/..%2f..%2fpackage.json",
            "/page/client.ts",
            "/client.js/../../server.ts",
            "/%2e%2e/board.css/x",
            "//etc/passwd",
            "/__proto__",
        ]) {
            expect([path, (await ask(path, { headers })).status]).toEqual([path, 404]);
        }
    });

    test("refuses what is no change, in one sentence, and a read-only board refuses all", async () => {
        await serve();
        const headers = await visitor();
        const post = async (path: string, body: string) => {
            const { status, text } = await ask(path, { method: "POST", headers, body });
            return [status, text];
        };
        expect(await post("/change", "{")).toEqual([422, "the request is no JSON"]);
        expect(await post("/change", "{}")).toEqual([422, "the request is no change of the lab"]);
        expect(await post("/plan", "x".repeat(30_000))).toEqual([422, "the request is too long"]);
        expect((await post("/nothing", "{}"))[0]).toBe(404);
        await server.close();
        await serve(new FakeLab(), true);
        const guest = await visitor();
        const refused = await ask("/change", { method: "POST", headers: guest, body: "{}" });
        expect([refused.status, refused.text]).toEqual([403, "This board is read only."]);
    });

    test("refuses a port that another program has, in one sentence with the fix", async () => {
        await serve();
        const { port } = server;
        await expect(new FakeLab().serve({ port })).rejects.toThrow(
            `--port is ${port}; another program has it; leave it out for a free one`,
        );
    });

    test("sends under 150 KB, compressed, even where eight clusters have an hour behind them", async () => {
        await serve(new FakeLab({ clusters: "8" }).withAnHour());
        const { text } = await ask("/", { headers: await visitor() });
        const board = lab.board();
        board.start();
        await until(() => board.regions(60).clients!.includes("of the last"));
        const files = [...readAssets().values()].map(({ content }) => content);
        const first = JSON.stringify(board.regions(60));
        await board.close();
        const sizeOf = (texts: readonly string[]) =>
            texts.reduce((sum, one) => sum + gzipSync(one).length, 0);
        process.stdout.write(
            `compressed: ${sizeOf(files)} bytes of files, ${sizeOf([text])} of page, ${sizeOf([first])} of what it shows first\n`,
        );
        expect(sizeOf([...files, text, first])).toBeLessThan(150_000);
    });
});

inBrowser(`the board in a browser${skipped}`, () => {
    let browser: Browser;
    let page: Page;
    let complaints: readonly string[];

    beforeAll(async () => {
        browser = await launchBrowser();
    });

    afterAll(() => browser?.close());

    /** A board of the same lab beside, where a test has one. */
    let projector: BoardServer | undefined;

    afterEach(async () => {
        await page.close();
        await projector?.close();
        projector = undefined;
    });

    async function open(width = 1280, look: "light" | "dark" = "light"): Promise<Page> {
        const opened = await visit(browser, server, { width, look });
        complaints = opened.complaints;
        return opened.page;
    }

    const sees = (text: string | RegExp, where = page) =>
        where.getByText(text).first().waitFor({ timeout: patience });

    test("shows who answers, and complains of nothing", async () => {
        await serve();
        page = await open();
        await sees("Every cluster that must answer does, and no other.");
        expect(new URL(page.url()).search).toBe("");
        expect(await page.locator(".picture.wide .flow").count()).toBe(4);
        expect(await page.locator(".picture.wide .link.connected").count()).toBe(1);
        expect(await page.locator("#clients .bars .fill").count()).toBe(4);
        const width = `document.querySelector("#clients .fill").getBoundingClientRect().width`;
        expect(await page.evaluate(width)).toBeGreaterThan(50);
        expect(complaints).toEqual([]);
    });

    test("plans a setting with the commands that do it, does it, and says when it has arrived", async () => {
        await serve();
        page = await open();
        await page.getByLabel("sharedService", { exact: true }).uncheck();
        await page.getByRole("button", { name: "Plan this change" }).click();
        await sees("npm run pulumi -- config set sharedService false");
        await sees("cluster2 asks: cluster2 only");
        expect(await page.evaluate("document.activeElement.innerText")).toBe("Apply");
        expect(lab.own).toEqual({});
        await page.getByRole("button", { name: "Apply", exact: true }).click();
        await sees(/^Done in/);
        expect(lab.own).toEqual({ sharedService: "false" });
        await sees("~ kubernetes:core/v1:Service: (update)");
        await sees("cluster1 keeps its backends to itself: sharedService is false");
        await sees(/^arrived after/);
        expect(await page.locator(".marks").innerText()).toContain("sharedService: true → false");
    });

    test("sends every control's value", async () => {
        await serve();
        page = await open();
        await page.getByLabel("cluster2GlobalService").uncheck();
        await page.getByLabel("legacyAnnotations").check();
        await page.locator("#set-serviceAffinity").selectOption("remote");
        await page.locator("#set-cluster2RebelBaseReplicas").fill("0");
        await page.locator("#set-networkPolicy").selectOption("cluster1-only");
        await page.getByRole("button", { name: "Plan this change" }).click();
        await page.getByRole("button", { name: "Apply", exact: true }).click();
        await sees(/^Done in/);
        expect(lab.own).toEqual({
            cluster2GlobalService: "false",
            legacyAnnotations: "true",
            serviceAffinity: "remote",
            cluster2RebelBaseReplicas: "0",
            networkPolicy: "cluster1-only",
        });
    });

    test("lets one guess first, step by step, and keeps the score", async () => {
        await serve();
        page = await open();
        await page.locator("#guess-first").check();
        await page.getByRole("button", { name: "Not shared: cluster1 keeps" }).click();
        await sees("Who will answer when cluster1 asks?");
        expect(await page.locator(".prediction").count()).toBe(0);
        await page.locator('[name=guess-cluster1][value="cluster1"]').check();
        await page.locator('[name=guess-cluster1][value="cluster2"]').check();
        await page.locator('[name=guess-cluster2][value="cluster1"]').check();
        await page.getByRole("button", { name: "Apply, this is my guess" }).click();
        await sees("Your guess for cluster1 is right: cluster1 and cluster2.");
        await sees("Your guess for cluster2 is not quite: cluster2 only, you said cluster1 only.");
        await sees("1 of 2 guesses were right");
        await sees(/^The question the lab left open/);
        expect(lab.progress).toMatchObject({ guesses: 2, right: 1, original: {} });
        await page.getByRole("button", { name: "Plan my settings from before the tour" }).click();
        await page.getByRole("button", { name: "Apply without a guess" }).click();
        await page.locator("#restore").waitFor({ state: "detached" });
        expect(lab.own).toEqual({});
    });

    test("tells what is wrong with a value, and changes nothing", async () => {
        await serve();
        page = await open();
        await page.locator("#set-rebelBaseReplicas").fill("99");
        await page.getByRole("button", { name: "Plan this change" }).click();
        await sees('rebelBaseReplicas is "99"; it must be a whole number from 0 to 20.');
        expect(await page.getByRole("button", { name: "Apply" }).count()).toBe(0);
    });

    test("shows a failure in Pulumi's words, which cannot become elements", async () => {
        await serve();
        lab.pulumi = (say) => {
            say("error: <img src=x onerror=alert(1)>");
            return Promise.resolve(1);
        };
        page = await open();
        await page.getByRole("button", { name: "Reconcile" }).click();
        await page.getByRole("button", { name: "Apply", exact: true }).click();
        await sees("error: <img src=x onerror=alert(1)>");
        await sees(/^Failed after/);
        expect(await page.locator("img").count()).toBe(0);
    });

    test("cancels a change, and takes only one at a time", async () => {
        await serve();
        lab.pulumi = (say, signal) =>
            new Promise((resolve) => {
                say("updating");
                signal.addEventListener("abort", () => resolve(130));
            });
        page = await open();
        const begin = async () => {
            await page.locator("#exercise").selectOption("failover");
            await page.getByRole("button", { name: "Plan this exercise" }).click();
            await page.getByRole("button", { name: "Apply", exact: true }).click();
        };
        await begin();
        await sees("updating");
        await begin();
        await sees("another change is on its way; wait for its end, or cancel it");
        await page.locator("#cancel").click();
        await sees(/^Cancelled after/);
    });

    test("marks what somebody else changes, and offers to put it back", async () => {
        await serve();
        page = await open();
        await sees("Every cluster that must answer does, and no other.");
        lab.byHand({ rebelBaseReplicas: "0" });
        lab.pods.cluster1 = [pod("rebel-base-new", { ready: false })];
        await sees("rebelBaseReplicas is 2 in the config and 0 live");
        expect(await page.locator(".marks").innerText()).toContain("kubectl");
        await page.locator(".picture.wide rect.pod.starting").waitFor();
        await page.getByRole("button", { name: "Reconcile" }).click();
        await page.getByRole("button", { name: "Apply", exact: true }).click();
        await page.getByText("rebelBaseReplicas is 2 in the config").waitFor({ state: "detached" });
        expect(lab.live).toEqual({});
    });

    test("goes on when an API server is away and comes back, and when a mesh breaks", async () => {
        await serve();
        page = await open();
        await sees("Every cluster that must answer does, and no other.");
        lab.away.add("cluster2");
        lab.unmeshed.add("cluster2");
        await sees(/^cluster2: its API server does not answer/);
        await sees("Not every cluster can be seen and asked.");
        await page.locator(".picture.wide .link.broken").waitFor();
        lab.away.clear();
        lab.unmeshed.clear();
        await sees("Every cluster that must answer does, and no other.");
        await page.locator(".picture.wide .link.connected").waitFor();
    });

    test(
        "shows two pages and a projector beside the same, whoever changes and whoever goes",
        async () => {
            await serve();
            projector = await lab.serve({ isReadOnly: true });
            page = await open();
            const other = await open();
            const shown = await visit(browser, projector);
            const pages = [page, other, shown.page];
            for (const one of pages) {
                await one.locator(".picture.wide .flow").first().waitFor();
            }
            expect(lab.sessions).toBe(4);

            await page.locator("#set-sharedService").uncheck();
            await page.getByRole("button", { name: "Plan this change" }).click();
            await page.getByRole("button", { name: "Apply", exact: true }).click();
            for (const one of pages) {
                await sees("sharedService: true → false", one);
                await sees("cluster1 keeps its backends to itself: sharedService is false", one);
            }
            const marks = pages.map((one) => one.locator(".marks b").first().innerText());
            expect(await Promise.all(marks)).toEqual(["this board", "this board", "pulumi up"]);
            await sees(/^Done in/, other);
            expect(await other.locator("#set-sharedService").isChecked()).toBe(false);
            expect(await other.locator("#plan").innerText()).toBe("");
            expect(await shown.page.getByRole("button").count()).toBe(0);

            await other.close();
            lab.byHand({ serviceAffinity: "local" });
            await sees("serviceAffinity: none → local");
            await sees("serviceAffinity: none → local", shown.page);
            expect(complaints).toEqual([]);
            await page.goto("about:blank");
            await until(() => lab.sessions === 2);
            await sees("serviceAffinity is none in the config and local live", shown.page);
            await shown.page.close();
            await until(() => lab.sessions === 0);
            const { batches } = lab;
            await new Promise((resolve) => setTimeout(resolve, 1_500));
            expect([lab.sessions, lab.batches]).toEqual([0, batches]);
        },
        4 * patience,
    );

    test("shows where single requests went while Hubble is on, and nothing of it while it is off", async () => {
        await serve(new FakeLab({ hubble: "true", networkPolicy: "cluster1-only" }));
        page = await open();
        const rows = page.locator("#flows tbody tr");
        await sees("dropped in cluster1: policy denied", page);
        expect(await rows.count()).toBe(6);
        const texts = await rows.allInnerTexts();
        const row =
            /^\d\d:\d\d:\d\d\.\d{3}\s+cluster\d\s+x-wing-6d9f8b7c5d-4xkqz0\s+cluster\d\s+rebel-base-7c9d6f5b84-8zr2m\d\s+(arrived|dropped in cluster1: policy denied)$/;
        expect(texts.filter((text) => !row.test(text.trim()))).toEqual([]);

        lab.unseen.add("cluster2");
        await sees("Not read in cluster2: its agent has no Hubble yet; npm run up brings it.");
        lab.own = {};
        await rows.first().waitFor({ state: "detached" });
        expect(await page.locator("#flows").innerText()).toBe("");
        expect(complaints).toEqual([]);
    });

    test("asks no agent for flows when nobody looks, nor where there is no Hubble", async () => {
        await serve();
        page = await open();
        await sees("Every cluster that must answer does, and no other.");
        expect(lab.observed).toBe(0);
        lab.own = { hubble: "true" };
        await page.locator("#flows tbody tr").first().waitFor({ timeout: patience });
        await page.goto("about:blank");
        await until(() => lab.sessions === 0);
        const { observed } = lab;
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        expect([lab.sessions, lab.observed]).toEqual([0, observed]);
    });

    test("says when the board has ended", async () => {
        await serve();
        page = await open();
        await sees("live");
        await server.close();
        await sees("The board does not answer; npm run board starts it again.");
        await expectReadable(page, join(screenshotFolder("board"), "ended.png"));
        await serve();
    });

    test("read only has nothing to change", async () => {
        await serve(new FakeLab(), true);
        page = await open();
        await sees("Every cluster that must answer does, and no other.");
        expect(await page.getByRole("button").count()).toBe(0);
    });

    test("keeps what was opened, written and focused while it changes", async () => {
        await serve();
        page = await open();
        await page.locator("#twin-title").click();
        await page.locator("#set-rebelBaseReplicas").fill("7");
        await sees("Every cluster that must answer does, and no other.");
        lab.byHand({ sharedService: "false" });
        await sees("sharedService is true in the config and false live");
        expect(await page.locator("#set-rebelBaseReplicas").inputValue()).toBe("7");
        expect(await page.evaluate("document.activeElement.id")).toBe("set-rebelBaseReplicas");
        expect(await page.getByRole("rowheader", { name: "cluster1" }).first().isVisible()).toBe(
            true,
        );
    });

    test.each([
        ["phone", 320, "dark", {}],
        ["phone-light", 320, "light", { networkPolicy: "cluster1-only", hubble: "true" }],
        ["desktop", 1280, "light", { networkPolicy: "cluster1-only", hubble: "true" }],
        ["eight-phone", 320, "light", { clusters: "8" }],
        ["eight-projector", 1920, "dark", { clusters: "8" }],
    ] as const)("is readable and scrolls only down: %s", async (name, width, look, own) => {
        await serve(new FakeLab(own));
        page = await open(width, look);
        await sees("Every cluster that must answer does, and no other.");
        if ("hubble" in own) {
            await page.locator("#flows tbody tr").first().waitFor({ timeout: patience });
        }
        await page.locator("#twin-title").click();
        await expectReadable(page, join(screenshotFolder("board"), `${name}.png`));
    });

    test("says what it does before there is anything to see", async () => {
        await serve();
        let release: () => void = () => undefined;
        lab.slowness = new Promise((resolve) => (release = resolve));
        page = await open();
        await sees(/^Looking at cluster1 and cluster2 for the first time/);
        expect(await page.getByText("Not every cluster can be seen").count()).toBe(0);
        release();
        await sees("Every cluster that must answer does, and no other.");
    });

    test("goes on by itself when the connection was lost", async () => {
        await serve();
        page = await open();
        await sees("Every cluster that must answer does, and no other.");
        await page.context().setOffline(true);
        // What is open stays open offline; the browser notices when it has to connect again.
        await page.locator("#minutes").selectOption("15");
        await sees("The board does not answer; npm run board starts it again.");
        lab.byHand({ sharedService: "false" });
        await page.context().setOffline(false);
        await sees("live");
        await sees("sharedService is true in the config and false live");
    });

    test("tells a page of an earlier board what to do, once another has its port", async () => {
        await serve();
        page = await open();
        await sees("live");
        const { port } = server;
        await server.close();
        server = await lab.serve({ port });
        await sees("Open the address that the board's command has printed last.");
        await page.goto(server.address);
        await sees("Every cluster that must answer does, and no other.");
    });

    test("does bounded work for an hour of eight clusters, whatever the machine", async () => {
        await serve(new FakeLab({ clusters: "8" }).withAnHour());
        page = await open();
        await page.locator("#minutes").selectOption("60");
        await sees("Every cluster that must answer does, and no other.");
        const work = await page.evaluate<{
            events: number;
            changed: number;
            drawn: number;
            elements: number;
            animations: number;
        }>(`new Promise((resolve) => {
            let [changed, drawn] = [0, 0];
            const events = new Set();
            new MutationObserver((list) => {
                events.add(Math.round(performance.now() / 100));
                changed += list.length;
                drawn += list.filter(({ target, attributeName }) => attributeName === "d" && target.matches(".area")).length;
            }).observe(document.querySelector("main"), { subtree: true, childList: true, attributes: true, characterData: true });
            setTimeout(() => resolve({
                events: events.size,
                changed,
                drawn,
                elements: document.querySelectorAll("*").length,
                animations: document.getAnimations().filter((one) => one instanceof CSSAnimation && one.playState === "running").length,
            }), 10_000);
        })`);
        process.stdout.write(`eight clusters, 60 minutes: ${JSON.stringify(work)}\n`);
        // Nothing moves by itself, and of the chart, whose spans are a minute, little more than the last of each is new.
        expect(work.animations).toBe(0);
        expect(work.elements).toBeLessThan(3_000);
        expect(work.drawn).toBeLessThanOrEqual(6 * 8 * 9);
        expect(work.changed).toBeLessThan(20_000);
    });

    test("draws an hour of eight clusters", async () => {
        await serve(new FakeLab({ clusters: "8" }).withAnHour());
        page = await open();
        await page.locator("#minutes").selectOption("60");
        await sees("Every cluster that must answer does, and no other.");
        const measured = await page.evaluate<{
            frames: number[];
            longest: number;
        }>(`new Promise((resolve) => {
            const tasks = [0];
            const frames = [];
            const observer = new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => tasks.push(duration)));
            observer.observe({ entryTypes: ["longtask"] });
            let last = performance.now();
            const frame = (now) => { frames.push(now - last); last = now; requestAnimationFrame(frame); };
            requestAnimationFrame(frame);
            setTimeout(() => resolve({ frames: frames.slice(1), longest: Math.max(...tasks) }), 6000);
        })`);
        const frames = measured.frames.sort((a, b) => a - b);
        const at = (share: number) => frames[Math.floor(frames.length * share)]?.toFixed(1);
        process.stdout.write(
            `eight clusters, 60 minutes: a frame takes ${at(0.5)} ms, one of twenty more than ${at(0.95)} ms, the longest ${frames.at(-1)?.toFixed(0)} ms; the longest task ${measured.longest} ms\n`,
        );
        const board = lab.board();
        board.start();
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        const start = performance.now();
        Array.from({ length: 20 }, () => board.regions(60));
        const each = (performance.now() - start) / 20;
        process.stdout.write(`the server makes all of it in ${each.toFixed(1)} ms\n`);
        await board.close();
        expect(await page.locator(".strip").count()).toBe(8);
        expect(await page.locator(".strip").first().locator("path.area").count()).toBe(9);
    });
});
