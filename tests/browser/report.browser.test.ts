import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Browser, Page } from "playwright-core";
import { Side } from "../../src/lab/whoAnswers";
import { reportHtml } from "../../src/proof/report/html";
import { ReportedStep } from "../../src/proof/verify/result";
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
import { outcomesOf, proofOf } from "../support/proofs";
import { firstRun } from "../support/sampleRun";
import { sideOf } from "../support/sides";

/** Kept after the run, to be looked at. */
const screenshots = screenshotFolder("report");

type Look = "light" | "dark" | "print";

/** Pieces of bars with the background they lie on and the border that outlines them. */
const paintedBars = `[...document.querySelectorAll(".track .fill")].map((fill) => ({
    text: fill.className,
    color: getComputedStyle(fill).borderTopColor,
    opacity: 1,
    backgrounds: [getComputedStyle(fill.parentElement).backgroundColor],
    isOnImage: false,
    isInPicture: false,
}))`;

/** The rows of the large bars: what they say, and how wide they are. */
const measuredBars = `[...document.querySelectorAll(".bars li")].map((row) => ({
    count: row.querySelector(".count").textContent,
    fill: row.querySelector(".fill")?.getBoundingClientRect().width ?? 0,
    track: row.querySelector(".track").getBoundingClientRect().width,
}))`;

function stepOf(
    sides: readonly (string | Side)[],
    got: readonly string[],
    step: Partial<ReportedStep> = {},
    more: Partial<ReportedStep["verification"]> = {},
): ReportedStep {
    const mesh = sides.map((side, i) =>
        typeof side === "string" ? sideOf(`cluster${i + 1}`, side) : side,
    );
    return {
        verification: proofOf(
            mesh,
            (client) => outcomesOf(got[client]!, mesh, (request) => 1.8 + (request % 20) / 2),
            more,
            (client) => `x-wing-6c9b7d5f4-${["p2m7c", "q8zxk"][client % 2]}`,
        ),
        ...step,
    };
}

const single = [stepOf(["g s a=- r=2", "g s a=- r=2"], ["97 103 0", "104 96 0"])];
const disagreeing = stepOf(
    ["g s=false a=- r=2", "g s a=- r=2"],
    ["97 103 0", "12 183 5"],
    {
        title: "Not shared: cluster1 keeps its backends to itself",
        lesson: "shared=false hides cluster1's backends from cluster2, never from cluster1.",
        commands: ["pulumi config set sharedService false", "npm run up"],
    },
    {
        seconds: 185,
        rounds: 12,
        differences: [
            { cluster: "cluster2", key: "cluster2RebelBaseReplicas", config: "2", live: "3" },
        ],
    },
);
const series = [
    stepOf(["g s a=- r=2", "g s a=- r=2"], ["97 103 0", "104 96 0"], {
        title: "Baseline: the service is global in both clusters",
        lesson: "Cilium balances over the backends of both clusters.",
        commands: ["npm run up"],
    }),
    stepOf(["g s a=- r=0", "g s a=- r=2"], ["0 200 0", "0 200 0"], {
        title: "Failover: no rebel-base runs in cluster1",
        commands: ["pulumi config set rebelBaseReplicas 0", "npm run up"],
    }),
    disagreeing,
    stepOf(["g=false s a=remote r=0", "g s a=none r=0"], ["0 0 200", "0 0 200"], {
        title: "Nobody left",
    }),
];
const long = "a-word-without-end-".repeat(12).replaceAll("-", "");
const overlong = stepOf(
    [
        { ...sideOf("cluster1", "g s r=2"), cluster: `${long}1`, affinity: long },
        { ...sideOf("cluster2", "g s a=- r=2"), cluster: `${long}2` },
    ],
    ["97 103 0", "12 183 5"],
    { title: long, lesson: long, commands: [long, `npm run ${long}`] },
    {
        stack: long,
        ciliumVersion: `1.19.6-${long}`,
        differences: [{ cluster: long, key: long, config: long, live: long }],
    },
);
/** As many clusters as there can be. Only the tour, which is of two, has several steps. */
const eight = [
    stepOf(
        ["g s a=- r=2", "g=false s a=remote r=0", ...Array<string>(6).fill("g s a=local r=2")],
        [
            "15 0 14 15 14 15 14 13 0",
            "0 0 0 0 0 0 0 0 100",
            ...Array<string>(6).fill("9 0 1 2 3 4 5 6 1"),
        ],
    ),
];
const documents = { single, series, disagreeing: [disagreeing], eight };

/** The bars of the timeline: what their row says, and where they are in their track. */
const measuredSteps = `[...document.querySelectorAll(".timeline tr:has(.fill)")].map((row) => {
    const [fill, track] = [".fill", ".track"].map((one) => row.querySelector(one).getBoundingClientRect());
    return {
        title: row.querySelector("th").firstChild.textContent.trim(),
        from: (fill.left - track.left) / track.width,
        part: fill.width / track.width,
    };
})`;

inBrowser(`the report in a browser${skipped}`, () => {
    let folder: string;
    let browser: Browser;
    let page: Page;
    let requests: string[];

    beforeAll(async () => {
        folder = mkdtempSync(join(tmpdir(), "report-"));
        browser = await launchBrowser();
    });

    afterAll(async () => {
        await browser?.close();
        rmSync(folder, { recursive: true });
    });

    beforeEach(async () => {
        page = await browser.newPage();
        requests = [];
        page.on("request", (request) => requests.push(request.url()));
    });

    afterEach(() => page.close());

    /** Opens a report; returns its URL. */
    async function open(
        steps: readonly ReportedStep[],
        { width, look = "light" }: { readonly width: number; readonly look?: Look },
    ): Promise<string> {
        const path = join(folder, "report.html");
        writeFileSync(path, reportHtml(steps, { timeline: firstRun }));
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia(
            // Whoever likes the screen dark prints too.
            look === "print"
                ? { media: "print", colorScheme: "dark" }
                : { media: "screen", colorScheme: look },
        );
        await page.goto(pathToFileURL(path).href);
        return pathToFileURL(path).href;
    }

    describe.each([360, 320])("on a phone %i px wide", (width) => {
        test.each([
            ...Object.entries(documents),
            ["overlong words", [overlong, overlong]] as const,
        ])("nothing scrolls sideways: %s", async (_, steps) => {
            await open(steps, { width });
            expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
            expect(await page.evaluate(tooWide)).toEqual([]);
        });
    });

    describe.each<Look>(["light", "dark", "print"])("in %s", (look) => {
        test("every text has a contrast of 4.5 to its background", async () => {
            await open(series, { width: 800, look });
            const texts = await page.evaluate<PaintedText[]>(paintedTexts);
            expect(texts.map(({ text }) => text)).toEqual(
                expect.arrayContaining(["disagrees", '"$ "', "refused or timed out"]),
            );
            expect(texts.filter((text) => text.isOnImage || contrast(text) < 4.5)).toEqual([]);
        });

        test("every piece of a bar has a contrast of 3 to its track", async () => {
            await open(series, { width: 800, look });
            const bars = await page.evaluate<PaintedText[]>(paintedBars);
            expect(new Set(bars.map(({ text }) => text))).toEqual(
                new Set(["fill first", "fill second", "fill failed", "fill chain", "fill beside"]),
            );
            expect(bars.filter((bar) => contrast(bar) < 3)).toEqual([]);
        });
    });

    test("dark is dark, light is light, and print is light even where the screen is dark", async () => {
        const luminances: Record<string, number> = {};
        for (const look of ["light", "dark", "print"] as const) {
            await open(series, { width: 800, look });
            const colors = await page.evaluate<string[]>(
                `[document.documentElement, document.body, ...document.querySelectorAll("main *:not(.fill)")]
                    .map((element) => getComputedStyle(element).backgroundColor)`,
            );
            const opaque = colors.map(parseColor).filter(({ alpha }) => alpha > 0);
            expect(opaque.length).toBeGreaterThan(1);
            luminances[`${look} darkest`] = Math.min(...opaque.map(luminance));
            luminances[`${look} lightest`] = Math.max(...opaque.map(luminance));
        }
        expect(luminances["light darkest"]).toBeGreaterThan(0.8);
        expect(luminances["dark lightest"]).toBeLessThan(0.05);
        expect(luminances["print darkest"]).toBeGreaterThan(0.8);
    });

    test.each([360, 1280])("bars are as wide as their shares at %i px", async (width) => {
        await open([disagreeing], { width });
        const bars =
            await page.evaluate<{ count: string; fill: number; track: number }[]>(measuredBars);
        expect(bars.map(({ count }) => count)).toEqual([
            "97 of 200",
            "103 of 200",
            "0 of 200",
            "12 of 200",
            "183 of 200",
            "5 of 200",
        ]);
        for (const { count, fill, track } of bars) {
            const [part, whole] = count.split(" of ").map(Number);
            expect(Math.abs(fill - (track * part!) / whole!)).toBeLessThan(0.5);
        }
    });

    test.each([360, 1280])(
        "a step's bar is where the step was in the run at %i px",
        async (width) => {
            await open(single, { width });
            const bars =
                await page.evaluate<{ title: string; from: number; part: number }[]>(measuredSteps);
            expect(bars).toHaveLength(firstRun.length);
            const helm = bars.find(({ title }) => title === "Cilium installed by Helm")!;
            expect(helm.from).toBeCloseTo(28 / 60, 2);
            expect(helm.part).toBeCloseTo(4 / 60, 2);
            const proof = bars.find(({ title }) => title === "requests and rule agree")!;
            expect(proof.from + proof.part).toBeCloseTo(1, 2);
        },
    );

    test("the two clusters' bars differ in pattern, not only in colour", async () => {
        await open(single, { width: 800 });
        const patterns = await page.evaluate<string[]>(
            `[".fill.first", ".fill.second"].map((fill) => getComputedStyle(document.querySelector(fill)).backgroundImage)`,
        );
        expect(patterns).toEqual(["none", expect.stringContaining("repeating-linear-gradient")]);
    });

    test("no two of eight clusters' bars have the same pattern", async () => {
        await open(eight, { width: 800 });
        const patterns = await page.evaluate<string[]>(
            `[...document.querySelectorAll(".settings .fill")].map((fill) =>
                getComputedStyle(fill).backgroundImage.replace(/rgb\\([^)]*\\)/g, ""))`,
        );
        expect(patterns).toHaveLength(8);
        expect(new Set(patterns).size).toBe(8);
    });

    test.each<Look>(["light", "dark", "print"])(
        "of eight clusters every text has a contrast of 4.5 and every bar one of 3 in %s",
        async (look) => {
            await open(eight, { width: 800, look });
            const texts = await page.evaluate<PaintedText[]>(paintedTexts);
            expect(texts.filter((text) => text.isOnImage || contrast(text) < 4.5)).toEqual([]);
            const bars = await page.evaluate<PaintedText[]>(paintedBars);
            expect(bars.map(({ text }) => text)).toContain("fill eighth");
            expect(bars.filter((bar) => contrast(bar) < 3)).toEqual([]);
        },
    );

    test.each(Object.entries(documents))("headings descend without a gap: %s", async (_, steps) => {
        await open(steps, { width: 800 });
        const levels = await page.evaluate<number[]>(
            `[...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((heading) => Number(heading.tagName[1]))`,
        );
        expect(levels[0]).toBe(1);
        expect(levels.filter((level) => level === 1)).toHaveLength(1);
        expect(levels.filter((level, i) => i > 0 && level > levels[i - 1]! + 1)).toEqual([]);
    });

    test("assistive technology gets language, captions, header cells, lists and verdicts", async () => {
        await open(series, { width: 360 });
        expect(await page.getAttribute("html", "lang")).toBe("en");
        expect(await page.title()).toBe("Who answers the global service");
        expect(await page.locator("table:not(:has(caption))").count()).toBe(0);
        expect(await page.locator("th:not([scope])").count()).toBe(0);
        expect(await page.locator("tbody tr:first-child:not(:has(th))").count()).toBe(0);
        expect(await page.getByRole("table", { name: /^Who answered whom/ }).count()).toBe(1);
        expect(await page.getByRole("rowheader", { name: "Affinity" }).count()).toBe(series.length);
        expect(await page.getByRole("list").count()).toBeGreaterThan(series.length);
        expect(
            await page.getByRole("heading", { level: 4, name: "cluster2 asks disagrees" }).count(),
        ).toBe(1);
    });

    test("every link of the summary leads to its step", async () => {
        await open(series, { width: 360 });
        for (const { title } of series) {
            await page.getByRole("link", { name: title, exact: true }).click();
            const heading = page.getByRole("heading", { level: 2, name: title });
            expect((await heading.boundingBox())!.y).toBeGreaterThanOrEqual(0);
            expect((await heading.boundingBox())!.y).toBeLessThan(400);
        }
    });

    test("nothing is requested but the document", async () => {
        const url = await open(series, { width: 800 });
        await page.waitForLoadState("networkidle");
        expect(requests).toEqual([url]);
    });

    test.each([
        ["phone-light", single, 360, "light"],
        ["phone-dark", [disagreeing], 360, "dark"],
        ["phone-several-light", series, 360, "light"],
        ["desktop-several-light", series, 1280, "light"],
        ["desktop-disagreeing-dark", [disagreeing], 1280, "dark"],
        ["desktop-light", single, 1280, "light"],
        ["print-several", series, 794, "print"],
        ["phone-eight-light", eight, 360, "light"],
        ["desktop-eight-dark", eight, 1280, "dark"],
    ] as const)("can be looked at: %s", async (name, steps, width, look) => {
        await open(steps, { width, look });
        await takePicture(page, join(screenshots, `${name}.png`));
    });
});
