import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Browser, Page } from "playwright-core";
import { ExperimentReport } from "../../src/proof/experiment/result";
import { experimentsHtml } from "../../src/proof/report/experiment";
import {
    inBrowser,
    launchBrowser,
    screenshotFolder,
    skipped,
    takePicture,
} from "../support/browser";
import {
    PaintedText,
    contrast,
    luminance,
    paintedTexts,
    parseColor,
    tooWide,
} from "../support/painted";
import { sampleExperiments } from "../support/sampleExperiments";

/** Kept after the run, to be looked at. */
const screenshots = screenshotFolder("experiments");

type Look = "light" | "dark" | "print";

/** Every strip, the change's line in it, and the scale's word for the change: where they are across the page. */
const measured = `[...document.querySelectorAll(".strips")].map((figure) => {
    const middle = (element) => { const { left, width } = element.getBoundingClientRect(); return left + width / 2; };
    return {
        strips: [...figure.querySelectorAll(".strip")].map((one) => one.getBoundingClientRect().width),
        lines: [...figure.querySelectorAll(".mark")].map(middle),
        word: figure.querySelector(".changed").getBoundingClientRect().left + 1,
    };
})`;

/** The areas of strips: what they are painted with, and the first change's line and ground. */
const painted = `(() => {
    const strip = document.querySelector(".strip");
    const paint = (name) => getComputedStyle(document.querySelector("#fill-" + name + " .paint")).fill;
    return {
        ground: getComputedStyle(strip).backgroundColor,
        line: getComputedStyle(strip.querySelector(".mark")).stroke,
        fills: [...strip.querySelectorAll(".area")].filter((area) => area.getAttribute("d") !== "").map((area) => area.getAttribute("fill")),
        colors: ["first", "second", "failed"].map(paint),
    };
})()`;

interface Painted {
    readonly ground: string;
    readonly line: string;
    readonly fills: readonly string[];
    readonly colors: readonly string[];
}

inBrowser(`experiments in a browser${skipped}`, () => {
    let folder: string;
    let browser: Browser;
    let page: Page;
    let outage: ExperimentReport;
    let eight: ExperimentReport;

    beforeAll(async () => {
        folder = mkdtempSync(join(tmpdir(), "experiments-"));
        browser = await launchBrowser();
        outage = await sampleExperiments(["scale-to-0", "outage", "outage-with-ttl"], {
            arrivalMs: 700,
            revokedMs: 113_000,
        });
        const values = { clusters: "8" };
        eight = await sampleExperiments(["scale-to-0"], { values, arrivalMs: 3_000 });
    });

    afterAll(async () => {
        await browser?.close();
        rmSync(folder, { recursive: true });
    });

    beforeEach(async () => {
        page = await browser.newPage();
    });

    afterEach(() => page.close());

    async function open(report: ExperimentReport, width: number, look: Look = "light") {
        const path = join(folder, "experiments.html");
        writeFileSync(path, experimentsHtml(report));
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia(
            // Whoever likes the screen dark prints too.
            look === "print"
                ? { media: "print", colorScheme: "dark" }
                : { media: "screen", colorScheme: look },
        );
        await page.goto(pathToFileURL(path).href);
    }

    test.each([360, 320])("on a phone %i px wide nothing scrolls sideways", async (width) => {
        for (const report of [outage, eight]) {
            await open(report, width);
            expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
            expect(await page.evaluate(tooWide)).toEqual([]);
        }
    });

    test.each([360, 1280])(
        "the change's line is where its word is, in every strip, at %i px",
        async (width) => {
            await open(outage, width);
            const figures =
                await page.evaluate<{ strips: number[]; lines: number[]; word: number }[]>(
                    measured,
                );
            expect(figures.map(({ strips }) => strips.length)).toEqual([2, 2, 1, 1, 1, 1]);
            for (const { strips, lines, word } of figures) {
                expect(lines).toHaveLength(strips.length);
                lines.forEach((line) => expect(Math.abs(line - word)).toBeLessThan(2));
            }
        },
    );

    test.each<Look>(["light", "dark", "print"])(
        "in %s texts have a contrast of 4.5, and what answered one of 3 to the ground",
        async (look) => {
            await open(outage, 800, look);
            const texts = await page.evaluate<PaintedText[]>(paintedTexts);
            expect(texts.map(({ text }) => text)).toEqual(
                expect.arrayContaining(["change", "cluster1 asks", "Last wrong answer"]),
            );
            const onGround = texts.filter(({ isInPicture }) => !isInPicture);
            expect(onGround.filter((text) => contrast(text) < 4.5)).toEqual([]);
            const { ground, line, colors } = await page.evaluate<Painted>(painted);
            for (const color of [...colors, line]) {
                const contrastOf = {
                    ...{ text: "", color, opacity: 1, isOnImage: false, isInPicture: true },
                    backgrounds: [ground],
                };
                expect(contrast(contrastOf)).toBeGreaterThan(3);
            }
        },
    );

    test("print is light even where the screen is dark", async () => {
        await open(outage, 800, "print");
        const { ground } = await page.evaluate<Painted>(painted);
        expect(luminance(parseColor(ground))).toBeGreaterThan(0.8);
    });

    test("clusters and failures differ in pattern, not only in colour", async () => {
        await open({ ...outage, experiments: outage.experiments.slice(1) }, 800);
        const { fills } = await page.evaluate<Painted>(painted);
        expect(fills).toEqual(["url(#fill-first)", "url(#fill-second)", "url(#fill-failed)"]);
    });

    test("assistive technology gets the numbers, and headings without a gap", async () => {
        await open(outage, 800);
        const levels = await page.evaluate<number[]>(
            `[...document.querySelectorAll("h1, h2, h3, h4")].map((heading) => Number(heading.tagName[1]))`,
        );
        expect(levels[0]).toBe(1);
        expect(levels.filter((level, i) => i > 0 && level > levels[i - 1]! + 1)).toEqual([]);
        expect(await page.locator("svg.strip:not([aria-hidden])").count()).toBe(0);
        expect(await page.locator("dt", { hasText: "Longest gap" }).count()).toBe(8);
    });

    test.each([
        ["phone-light", 360, "light"],
        ["desktop-light", 1280, "light"],
        ["desktop-dark", 1280, "dark"],
        ["print", 794, "print"],
    ] as const)("can be looked at: %s", async (name, width, look) => {
        for (const [of, report] of Object.entries({ outage, eight })) {
            await open(report, width, look);
            await takePicture(page, join(screenshots, `${name}-${of}.png`));
        }
    });
});
