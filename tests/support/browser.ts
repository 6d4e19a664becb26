import { existsSync, mkdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Browser, Page, chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Why there is no browser to test in, for the end of a title; empty if there is one. */
export const skipped = existsSync(executablePath)
    ? ""
    : ` (skipped: no browser at ${executablePath}; install chromium or set CHROMIUM)`;

/** `describe` for what needs a browser. */
export const inBrowser = skipped === "" ? describe : describe.skip;

/** Starts the browser, which asks nobody outside. */
export function launchBrowser(): Promise<Browser> {
    return chromium.launch({
        executablePath,
        timeout: 100_000,
        args: [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    });
}

/** Where the screenshots of a suite are, kept after the run to be looked at. */
export function screenshotFolder(suite: string): string {
    const folder = join(tmpdir(), `cilium-global-services-${suite}`);
    mkdirSync(folder, { recursive: true });
    return folder;
}

/** Takes a picture of a whole page, which must not be an empty one. */
export async function takePicture(page: Page, path: string): Promise<void> {
    await page.screenshot({ path, fullPage: true, timeout: 100_000 });
    expect(statSync(path).size).toBeGreaterThan(10_000);
}
