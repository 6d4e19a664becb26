import { pageHtml } from "../../../../src/proof/report/page";

test("a page runs no script and loads nothing, whatever a pod has put into it", () => {
    const html = pageHtml("<script>alert(1)</script>", "", "");
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
    expect(policy?.split("; ")).toEqual([
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
    ]);
    expect(html.indexOf("Content-Security-Policy")).toBeLessThan(html.indexOf("<style>"));
    expect(html).not.toContain("<script>");
});
