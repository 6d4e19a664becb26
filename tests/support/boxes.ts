import { Page } from "playwright-core";

/** Where a text is on a page, in its pixels. */
export interface Box {
    readonly text: string;
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
    /** Lines that it takes. */
    readonly lines: number;
}

const boxOf = `(element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(element);
    const lines = new Set([...range.getClientRects()].map(({ top: y }) => Math.round(y / 8))).size;
    return { text: element.textContent, left, right, top, bottom, lines };
}`;

/** Where the visible elements of a selector are. */
export function boxes(page: Page, selector: string): Promise<Box[]> {
    return page.evaluate<Box[]>(
        `[...document.querySelectorAll(${JSON.stringify(selector)})].filter((element) => element.getClientRects().length > 0).map(${boxOf})`,
    );
}

/** Pairs of boxes that lie upon each other, as their texts. */
export function overlaps(all: readonly Box[]): string[] {
    const touch = (a: Box, b: Box) =>
        a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    return all.flatMap((a, i) =>
        all.slice(i + 1).flatMap((b) => (touch(a, b) ? [`${a.text} upon ${b.text}`] : [])),
    );
}

/** Labels of the visible picture that lie upon a flow, or upon a flow's cross, as `label: flow`. */
export function labelsUponFlows(page: Page): Promise<string[]> {
    return page.evaluate<string[]>(`(() => {
        const picture = [...document.querySelectorAll(".picture")].find((one) => one.getClientRects().length > 0);
        const scale = picture.getScreenCTM().a;
        const labels = [...picture.querySelectorAll(".label")].map((label) => {
            const { left, right, top, bottom } = label.getBoundingClientRect();
            // The line's height is more than its letters'.
            return { text: label.textContent, left, right, top: top + 3 * scale, bottom: bottom - 4 * scale };
        });
        return [...picture.querySelectorAll(".flow path:not(.pulse)")].flatMap((path) => {
            const half = (Number(path.getAttribute("stroke-width") ?? 3) / 2) * scale;
            const length = path.getTotalLength();
            const matrix = path.getScreenCTM();
            const points = Array.from({ length: 200 }, (_, i) => path.getPointAtLength((i * length) / 199).matrixTransform(matrix));
            const isUpon = ({ left, right, top, bottom }) => points.some(({ x, y }) => x > left && x < right && y + half > top && y - half < bottom);
            return labels.filter(isUpon).map(({ text }) => text + ": " + path.parentElement.getAttribute("class"));
        });
    })()`);
}
