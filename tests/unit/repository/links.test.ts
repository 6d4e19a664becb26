import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectRoot } from "../../../src/config/declaration";
import { committedFiles, readText } from "../../support/committed";

const pages = [
    ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md"],
    ...committedFiles("docs").filter((path) => path.endsWith(".md")),
];

const sources = [
    ...pages,
    ...["src", "bench", "tests"]
        .flatMap(committedFiles)
        .filter((path) => path.endsWith(".ts") && !path.endsWith("links.test.ts")),
];

test("every link from page to page leads to a file that is there", () => {
    const dead = pages.flatMap((page) =>
        [...readText(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
            .map(([, target]) => join(dirname(page), target!))
            .filter((path) => !existsSync(join(projectRoot, path)))
            .map((path) => `${page} to ${path}`),
    );
    expect(dead).toEqual([]);
});

test("the README or the contributing guide links every page and names every script", () => {
    const texts = ["README.md", "CONTRIBUTING.md"].map((page) => readText(page)).join("\n");
    const unlinked = pages.filter((page) => page !== "README.md" && !texts.includes(`(${page})`));
    expect(unlinked).toEqual([]);
    const all = pages.map((page) => readText(page)).join("\n");
    const { scripts } = JSON.parse(readText("package.json")) as { scripts: object };
    const unnamed = Object.keys(scripts).filter(
        (name) => !new RegExp(`npm (run )?(-s )?${name}\\b`).test(all),
    );
    expect(unnamed).toEqual([]);
});

test("prose is wrapped at 120 columns", () => {
    const long = pages.flatMap((page) =>
        readText(page)
            .replace(/^\s*```[^]*?^\s*```/gm, "")
            .split("\n")
            .filter((line) => line.length > 120 && !line.startsWith("|"))
            .map((line) => `${page}: ${line}`),
    );
    expect(long).toEqual([]);
});

test("no link leads to a page of Cilium's that has moved", () => {
    // From `Documentation/redirects.txt` of Cilium 1.20; the new addresses are pages of another content.
    const moved = [
        "network/clustermesh/clustermesh/",
        "network/clustermesh/services/",
        "security/policy/language/",
    ];
    const links = sources.flatMap((path) =>
        [...readText(path).matchAll(/docs\.cilium\.io\/en\/\w+\/([^#\s)"'`>]*)/g)].map(
            ([, page]) => ({ path, page: page! }),
        ),
    );
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter(({ page }) => moved.includes(page))).toEqual([]);
});
