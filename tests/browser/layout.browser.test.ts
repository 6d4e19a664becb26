import { Browser, Page } from "playwright-core";
import { BoardServer } from "../../src/commands/board/server";
import { tourSteps } from "../../src/lab/tourSteps";
import { patience, visit } from "../support/boardVisit";
import { boxes, labelsUponFlows, overlaps } from "../support/boxes";
import { inBrowser, launchBrowser, skipped } from "../support/browser";
import { FakeClass, labFacts } from "../support/fakeClass";
import { FakeLab } from "../support/fakeLab";

const widths = [320, 768, 1280, 1920] as const;

inBrowser(`where things are on the board${skipped}`, () => {
    let browser: Browser;
    let server: BoardServer;
    let page: Page;

    beforeAll(async () => {
        browser = await launchBrowser();
    });

    afterAll(() => browser?.close());

    afterEach(async () => {
        await page.close();
        await server.close();
    });

    async function open(
        lab: FakeLab,
        { width = 1280, until = "Every cluster that must answer does, and no other." } = {},
    ): Promise<void> {
        server = await lab.serve();
        const opened = await visit(browser, server, { width });
        page = opened.page;
        await opened.sees(until);
    }

    test.each(widths)(
        "what became of a step stands in one line beside it at %d px",
        async (width) => {
            const lab = new FakeLab();
            const results = ["right", "wrong", "seen"] as const;
            lab.progress = {
                ...lab.progress,
                steps: Object.fromEntries(
                    tourSteps.slice(0, -1).map(({ title }, i) => [title, results[i % 3]!]),
                ),
            };
            await open(lab, { width });
            const tags = await boxes(page, ".path .tag");
            const buttons = await boxes(page, ".path button");
            expect(tags.map(({ lines }) => lines)).toEqual(tourSteps.map(() => 1));
            tags.forEach((tag, i) => {
                const button = buttons[i]!;
                expect(tag.left).toBeGreaterThanOrEqual(button.right);
                expect(tag.right).toBeLessThanOrEqual(width);
                expect(tag.top).toBeGreaterThanOrEqual(button.top);
                expect(tag.bottom).toBeLessThanOrEqual(button.bottom);
            });
        },
    );

    test.each(widths)(
        "no number of a mark is upon another or outside of the chart at %d px",
        async (width) => {
            const lab = new FakeLab();
            // Two at the very beginning, a crowd in the middle, some alone, two of this moment.
            const seconds = [299, 297, 200, 199, 197, 190, 185, 150, 140, 120, 60, 30, 4, 1];
            lab.marks = seconds.map((second) => ({
                at: Date.now() - second * 1000,
                by: "kubectl",
                texts: ["sharedService: true → false"],
                arrivedMs: 100,
            }));
            await open(lab, { width });
            const numbers = await boxes(page, ".mark-numbers span");
            const [strip] = await boxes(page, ".strips");
            expect(overlaps(numbers)).toEqual([]);
            expect(numbers.every(({ lines }) => lines === 1)).toBe(true);
            expect(numbers.filter(({ left }) => left < strip!.left - 1)).toEqual([]);
            expect(numbers.filter(({ right }) => right > strip!.right + 1)).toEqual([]);
            expect(numbers.map(({ text }) => text).join()).toContain("–");
            expect(overlaps([...numbers, ...(await boxes(page, ".scale span"))])).toEqual([]);
        },
    );

    const variants: readonly Readonly<Record<string, string>>[] = [
        {},
        { networkPolicy: "cluster1-only" },
        { sharedService: "false" },
        { serviceAffinity: "remote", cluster2RebelBaseReplicas: "0" },
    ];

    test.each([
        ...widths.flatMap((width) => variants.map((own) => [width, own] as const)),
        // On a phone there is no room beside so many that wait in vain.
        [1280, { rebelBaseReplicas: "5", networkPolicy: "cluster1-only" }] as const,
    ])("no label is upon a flow at %d px with %j", async (width, own) => {
        await open(new FakeLab(own), { width });
        expect(await labelsUponFlows(page)).toEqual([]);
        const picture = width < 640 ? ".picture.narrow" : ".picture.wide";
        expect(overlaps(await boxes(page, `${picture} text`))).toEqual([]);
    });

    test.each(widths)("the settings leave no empty column at %d px", async (width) => {
        await open(new FakeLab(), { width });
        const sides = await boxes(page, "#settings fieldset:not(.whole)");
        const [whole] = await boxes(page, "#settings .whole");
        expect(Math.max(...sides.map(({ right }) => right))).toBeCloseTo(whole!.right, 0);
    });

    test("no label is upon a flow while a cluster is dead", async () => {
        const lab = new FakeLab({ outage: "cluster2" });
        lab.nodes.set("cluster2", "paused");
        lab.away.add("cluster2");
        await open(lab);
        await page
            .getByText(/timed out/)
            .first()
            .waitFor({ timeout: patience });
        expect(await labelsUponFlows(page)).toEqual([]);
    });

    test("what is planned and what is done are beside the picture, and the picture stays in sight", async () => {
        await open(new FakeLab());
        await page.locator("#step-3").click();
        await page.getByRole("button", { name: "Apply", exact: true }).click();
        await page.locator(".work-state.done").waitFor();
        const [work] = await boxes(page, ".work-state");
        const [picture] = await boxes(page, ".picture.wide");
        expect(work!.left).toBeGreaterThan(picture!.right);
        expect(work!.top).toBeLessThan(800);
        expect(picture!.top).toBeGreaterThanOrEqual(0);
        expect(picture!.bottom).toBeLessThan(800);
    });
});

inBrowser(`where things are on the wall${skipped}`, () => {
    let browser: Browser;

    beforeAll(async () => {
        browser = await launchBrowser();
    });

    afterAll(() => browser?.close());

    test("a tile's edge is green where requests agree, and red where they do not", async () => {
        const students = new FakeClass([
            { name: "Ada" },
            {
                name: "Bo",
                facts: labFacts(),
                asked: { verdict: "disagrees", why: "cluster1 is silent", byHand: [], lacking: [] },
            },
            {
                name: "Cy",
                asked: { verdict: "unasked", why: "no x-wing", byHand: [], lacking: [] },
            },
        ]);
        const server = await students.serve();
        const { page, sees } = await visit(browser, server);
        await sees("disagrees");
        await sees("cannot be asked");
        const edges = await page.evaluate<string[]>(`[...document.querySelectorAll(".tile")].map(
            (tile) => getComputedStyle(tile).borderLeftColor)`);
        const colors = await page.evaluate<
            string[]
        >(`["agrees", "disagrees", "quiet"].map((name) => {
            const probe = document.body.appendChild(document.createElement("p"));
            probe.style.color = "var(--" + name + ")";
            return getComputedStyle(probe).color;
        })`);
        expect(edges).toEqual(colors);
        await page.close();
        await server.close();
    });
});
