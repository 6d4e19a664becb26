import { join } from "node:path";
import { Browser } from "playwright-core";
import { BoardServer } from "../../src/commands/board/server";
import { Visit, ask, expectReadable, patience, visit, visitor } from "../support/boardVisit";
import { inBrowser, launchBrowser, screenshotFolder, skipped } from "../support/browser";
import { FakeClass, clustersThatAre, labFacts, mixedClass } from "../support/fakeClass";

let server: BoardServer;
let students: FakeClass;

async function serve(given: FakeClass): Promise<void> {
    students = given;
    server = await given.serve();
}

afterEach(() => server.close());

describe("the wall's server", () => {
    test("has its pages for whoever has the token, and for nobody else", async () => {
        await serve(mixedClass(1));
        const headers = await visitor(server);
        for (const path of ["/", "/students/class-ada-lovelace/"]) {
            expect((await ask(server, path, { headers })).text).toContain("Ada Lovelace");
            expect((await ask(server, path, {})).status).toBe(401);
            const elsewhere = { ...headers, host: "evil.example" };
            expect((await ask(server, path, { headers: elsewhere })).status).toBe(403);
        }
    });

    test("has pages of the class's students alone, whatever the path says", async () => {
        await serve(mixedClass(1));
        const headers = await visitor(server);
        for (const path of [
            "/students/",
            "/students/class-bo/",
            "/students/class-bo/events",
            "/students/class-ada-lovelace",
            "/students/class-ada-lovelace/../../package.json",
            "/students/class-ada-lovelace/client.js",
            "/students/__proto__/events",
        ]) {
            expect([path, (await ask(server, path, { headers })).status]).toEqual([path, 404]);
        }
    });

    test("changes nothing, whoever asks", async () => {
        await serve(mixedClass(1));
        const headers = await visitor(server);
        for (const path of ["/change", "/students/class-ada-lovelace/change"]) {
            const sent = { method: "POST", headers, body: '{"kind":"reconcile"}' };
            expect((await ask(server, path, sent)).status).toBe(403);
        }
    });
});

inBrowser(`the wall of a class${skipped}`, () => {
    let browser: Browser;
    let open: Visit;

    beforeAll(async () => {
        browser = await launchBrowser();
    });

    afterAll(() => browser?.close());

    afterEach(() => open.page.close());

    test.each(
        [320, 1280, 1920].flatMap((width) =>
            [1, 8, 30].flatMap((size) =>
                (["light", "dark"] as const).map((look) => [width, size, look] as const),
            ),
        ),
    )("is readable at %d px with %d students, %s", async (width, size, look) => {
        await serve(mixedClass(size));
        const height = width === 1920 ? 1080 : 800;
        open = await visit(browser, server, { width, height, look });
        await open.sees(size === 1 ? "agrees" : "disagrees");
        const name = `${width}-${size}-${look}.png`;
        await expectReadable(open.page, join(screenshotFolder("wall"), name));
        expect(open.complaints).toEqual([]);
    });

    const tile = (name: string) =>
        open.page.locator(".tile").filter({ has: open.page.getByText(name, { exact: true }) });

    test("shows what each lab does, in the order of the file", async () => {
        await serve(mixedClass(8));
        open = await visit(browser, server);
        await open.sees("cannot be asked");
        const names = await open.page.locator(".tile h3").allInnerTexts();
        expect(names).toEqual(students.students.map(({ name }) => name));
        expect(await tile("Ada Lovelace").innerText()).toMatch(/up\s+✓ agrees/);
        expect(await tile("Grace Hopper").innerText()).toContain("Preparing nodes");
        expect(await tile("José Ángel Ñuño").innerText()).toContain("not up");
        expect(await open.page.locator("#stuck li").count()).toBe(2);
        expect(await open.page.locator("#stuck").innerText()).toContain("<b>no such image</b>");
        expect(await open.page.locator("#stuck b").count()).toBe(0);
        expect(open.complaints).toEqual([]);
    });

    test("follows a lab that comes up, fails, gets stuck, and is taken down", async () => {
        await serve(new FakeClass([{ name: "Bo" }]));
        const bo = students.of("Bo");
        bo.facts = labFacts({ clusters: clustersThatAre("missing"), wasMade: false });
        open = await visit(browser, server);
        await open.sees("nobody has brought it up yet");
        const worker = { what: "npm run up", since: Date.now() };
        const news = { text: "cluster1: waiting for coredns", at: Date.now(), isFailure: false };
        bo.facts = labFacts({ worker, makesClusters: true, news });
        await open.sees("cluster1: waiting for coredns");
        expect(await tile("Bo").locator("b").count()).toBe(0);
        students.later = 4 * 60_000;
        await tile("Bo").getByText("stuck").waitFor({ timeout: patience });
        await open.sees(/^Bo for 4 min: cluster1: waiting for coredns/);
        expect(await open.page.locator("#announce").innerText()).toBe("0 of 1 lab up. Stuck: Bo.");
        bo.facts = labFacts();
        await open.sees("agrees");
        await open.sees("Nobody is.");
        bo.facts = labFacts({ worker: { what: "npm run down", since: Date.now() } });
        await open.sees("npm run down takes it away");
    });

    test("leads by keyboard to a student's own board and back, and keeps the focus while it changes", async () => {
        await serve(new FakeClass([{ name: "Ada" }, { name: "Bo" }]));
        open = await visit(browser, server);
        const { page } = open;
        await open.sees("agrees");
        await page.keyboard.press("Tab");
        expect(await page.evaluate("document.activeElement.innerText")).toBe("To the labs");
        await page.keyboard.press("Enter");
        await page.keyboard.press("Tab");
        await page.keyboard.press("Tab");
        students.of("Bo").facts = labFacts({ clusters: clustersThatAre("stopped") });
        await open.sees("its nodes are stopped");
        expect(await page.evaluate("document.activeElement.id")).toBe("open-class-bo");
        students.of("Bo").facts = labFacts();
        await page.keyboard.press("Enter");
        await open.sees("Every cluster that must answer does, and no other.");
        expect(await page.locator("h1").innerText()).toMatch(/^Bo/);
        expect(await page.locator("#lab").innerText()).toMatch(/up\s+✓ agrees/);
        expect(await page.locator(".picture.wide .flow").count()).toBe(4);
        expect(await page.getByRole("button").count()).toBe(0);
        await page.getByRole("link", { name: "The class" }).click();
        await page.locator(".tile").first().waitFor();
        expect(open.complaints).toEqual([]);
    });

    test("has a page with the reason for a lab that is not there", async () => {
        await serve(mixedClass(7));
        const lab = students.of("José Ángel Ñuño").lab;
        lab.away.add("cluster1").add("cluster2");
        open = await visit(browser, server);
        await open.page.getByRole("link", { name: "José Ángel Ñuño" }).click();
        await open.sees("nobody has brought it up yet");
        await open.sees("Not every cluster can be seen and asked.");
        expect(open.complaints).toEqual([]);
    });

    test("looks and asks while somebody looks, at one page or another, and not for long after", async () => {
        await serve(new FakeClass([{ name: "Ada" }, { name: "Bo" }]));
        await new Promise((resolve) => setTimeout(resolve, 500));
        expect(students.looks).toBe(0);
        open = await visit(browser, server);
        await open.sees("2");
        await open.page.getByRole("link", { name: "Bo" }).click();
        await open.sees("Every cluster that must answer does, and no other.");
        expect(students.of("Bo").lab.sessions).toBe(2);
        expect(students.of("Ada").lab.sessions).toBe(0);
        await open.page.goto("about:blank");
        const end = Date.now() + patience;
        while (students.of("Bo").lab.sessions > 0 && Date.now() < end) {
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        const { looks } = students;
        const { length } = students.asked;
        students.later += 60_000;
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        expect([students.looks, students.asked.length]).toEqual([looks, length]);
    });

    test.each([
        [320, "dark"],
        [1280, "light"],
    ] as const)("a student's page is readable at %d px, %s", async (width, look) => {
        await serve(mixedClass(3));
        open = await visit(browser, server, { width, look });
        await open.page.getByRole("link", { name: "Maximiliane" }).click();
        await open.sees("Every cluster that must answer does, and no other.");
        await open.sees("sharedService is false in the config and true live");
        await expectReadable(open.page, join(screenshotFolder("wall"), `student-${width}.png`));
    });
});
