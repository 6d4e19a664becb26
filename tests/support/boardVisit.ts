import { request } from "node:http";
import { Browser, Page } from "playwright-core";
import { BoardServer } from "../../src/commands/board/server";
import { takePicture } from "./browser";
import { PaintedText, contrast, paintedTexts, tooWide } from "./painted";

/** Longest wait for something to be seen, in milliseconds: the machine may be busy. */
export const patience = 60_000;

/** An answer of a server. */
export interface Answer {
    readonly status: number | undefined;
    readonly headers: NodeJS.Dict<string | string[]>;
    readonly text: string;
}

/** Sends exactly this: `fetch` would tidy the path and set its own Host. */
export function ask(
    { port }: BoardServer,
    path: string,
    { method = "GET", headers = {}, body = "" }: Parameters<typeof request>[1] & { body?: string },
): Promise<Answer> {
    return new Promise((resolve, reject) => {
        const sent = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
            let text = "";
            response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
            response.on("end", () =>
                resolve({ status: response.statusCode, headers: response.headers, text }),
            );
        });
        sent.on("error", reject).end(body);
    });
}

/** Headers of a browser that has been let in. */
export async function visitor(server: BoardServer): Promise<Record<string, string>> {
    const { pathname, search, host } = new URL(server.address);
    const welcome = await ask(server, pathname + search, {});
    const cookie = welcome.headers["set-cookie"]![0]!;
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict/);
    expect(welcome.headers.location).toBe("/");
    return { host, cookie: cookie.split(";")[0]!, origin: `http://${host}` };
}

/** A window on a board, and what its browser complained of. */
export interface Visit {
    readonly page: Page;
    readonly complaints: readonly string[];
    /** Waits until a text is there. */
    readonly sees: (text: string | RegExp) => Promise<void>;
}

/** A browser's window. */
export interface Window {
    readonly width: number;
    readonly height: number;
    readonly look: "light" | "dark";
}

/** Opens a board's address in a window of that width. */
export async function visit(
    browser: Browser,
    { address }: BoardServer,
    { width = 1280, height = 800, look = "light" }: Partial<Window> = {},
): Promise<Visit> {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: look });
    page.setDefaultTimeout(patience);
    const complaints: string[] = [];
    page.on("console", (message) => {
        if (message.type() !== "info") {
            complaints.push(message.text());
        }
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(address);
    const sees = (text: string | RegExp) =>
        page.getByText(text).first().waitFor({ timeout: patience });
    return { page, complaints, sees };
}

/** Holds a page to what all are held to: it scrolls only down, every text has its contrast; and keeps its picture. */
export async function expectReadable(page: Page, screenshot: string): Promise<void> {
    const width = page.viewportSize()!.width;
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    const wide = await page.evaluate<string[]>(tooWide);
    // Wide tables scroll in their own box.
    expect(wide.filter((element) => !/^<(table|caption|t[hdr]|tbody|thead)/.test(element))).toEqual(
        [],
    );
    const texts = (await page.evaluate<PaintedText[]>(paintedTexts)).filter(
        ({ text, isInPicture }) => !isInPicture && !text.includes("●"),
    );
    expect(texts.filter((text) => contrast(text) < 4.5)).toEqual([]);
    await takePicture(page, screenshot);
}
