import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Content, Markup, markup } from "./markup";

/** The report's only styles, read once. They are in the document, which needs no other file. */
export const stylesheet = readFileSync(join(__dirname, "report.css"), "utf8");

/**
 * An HTML document that needs nothing but itself: no script, no font, no image, no network. It reads on a phone, in
 * print, in dark and in light.
 *
 * @param header What stands below the heading.
 */
export function pageHtml(title: string, header: Content, main: Content): string {
    return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Markup(stylesheet)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${header}</header>
<main>
${main}</main>
</body>
</html>
`.toString();
}
