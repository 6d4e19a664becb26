/** A text as it is painted; backgrounds from its own element outwards. */
export interface PaintedText {
    readonly text: string;
    readonly color: string;
    readonly opacity: number;
    readonly backgrounds: readonly string[];
    readonly isOnImage: boolean;
    /** It is part of an SVG, whose fill is not its colour. */
    readonly isInPicture: boolean;
}

/** All texts of the page, generated ones included. */
export const paintedTexts = `(() => {
    const ancestors = (element) => element ? [element, ...ancestors(element.parentElement)] : [];
    const painted = (text, element, style) => ({
        text,
        color: style.color,
        opacity: ancestors(element).reduce((all, each) => all * Number(getComputedStyle(each).opacity), 1),
        backgrounds: ancestors(element).map((each) => getComputedStyle(each).backgroundColor),
        isInPicture: element.closest("svg") !== null,
        isOnImage: ancestors(element).some((each) => getComputedStyle(each).backgroundImage !== "none"),
    });
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        const text = walker.currentNode.textContent.trim();
        if (text !== "" && element.getClientRects().length > 0) {
            texts.push(painted(text, element, getComputedStyle(element)));
        }
    }
    for (const element of document.body.querySelectorAll("*")) {
        for (const pseudo of ["::before", "::after"]) {
            const style = getComputedStyle(element, pseudo);
            if (!["none", "normal", '""'].includes(style.content)) {
                texts.push(painted(style.content, element, style));
            }
        }
    }
    return texts;
})()`;

/** Elements that reach beyond the window's right edge. */
export const tooWide = `[...document.body.querySelectorAll("*")]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
    .map((element) => element.outerHTML.slice(0, 80))`;

export interface Color {
    readonly channels: readonly number[];
    readonly alpha: number;
}

/** A computed colour: `rgb(1, 2, 3)` or `rgba(1, 2, 3, 0.5)`. */
export function parseColor(text: string): Color {
    const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g)!.map(Number);
    return { channels: [red!, green!, blue!], alpha };
}

function over(top: Color, bottom: Color): Color {
    const channels = top.channels.map(
        (channel, i) => channel * top.alpha + bottom.channels[i]! * (1 - top.alpha),
    );
    return { channels, alpha: 1 };
}

/** @see https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
export function luminance({ channels }: Color): number {
    const [red, green, blue] = channels
        .map((channel) => channel / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

/** @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
export function contrast({ color, opacity, backgrounds }: PaintedText): number {
    const white: Color = { channels: [255, 255, 255], alpha: 1 };
    const background = backgrounds
        .map(parseColor)
        .reduceRight((below, each) => over(each, below), white);
    const { channels, alpha } = parseColor(color);
    const text = over({ channels, alpha: alpha * opacity }, background);
    const [lighter, darker] = [luminance(text), luminance(background)].sort((a, b) => b - a);
    return (lighter! + 0.05) / (darker! + 0.05);
}
