import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "sucrase";
import { stylesheet } from "../../proof/report/page";

/** A file of the page. */
export interface Asset {
    readonly type: string;
    readonly content: string;
}

/** The only files there are, by their path: no path of a request is ever looked up on the disk. */
export function readAssets(): ReadonlyMap<string, Asset> {
    const page = join(__dirname, "page");
    const morph = require.resolve("idiomorph/dist/idiomorph.esm.js");
    return new Map([
        [
            "/board.css",
            {
                type: "text/css",
                content: stylesheet + readFileSync(join(page, "board.css"), "utf8"),
            },
        ],
        ["/client.js", { type: "text/javascript", content: script(join(page, "client.ts")) }],
        ["/idiomorph.js", { type: "text/javascript", content: readFileSync(morph, "utf8") }],
    ]);
}

/** A script without its types, as every other source here is run; a browser knows no names of packages. */
function script(path: string): string {
    const { code } = transform(readFileSync(path, "utf8"), {
        transforms: ["typescript"],
        disableESTransforms: true,
    });
    return code.replace(/from "idiomorph"/, 'from "./idiomorph.js"');
}
