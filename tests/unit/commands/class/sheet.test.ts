import { SheetData, sheetHtml } from "../../../../src/commands/class/sheet";
import { configWith } from "../../../support/defaultConfig";

const data: SheetData = {
    name: "Ada <b>",
    stack: "class-ada",
    clusters: configWith({ cluster2SharedService: "false" }).clusters,
    project: "'/home/the class'",
    kubeconfig: "/home/kubeconfig",
    ports: [40001, 40002],
    ttlHours: 8,
};

function commandsOf(html: string): string[] {
    return [...html.matchAll(/<li><code>(.*?)<\/code>/g)].map(([, text]) =>
        text!.replace(/&#39;/g, "'"),
    );
}

test("a student's commands are all for the student's own stack", () => {
    expect(commandsOf(sheetHtml(data))).toEqual([
        "cd '/home/the class'",
        "export KUBECONFIG=/home/kubeconfig",
        "kubectl --context cluster1 exec deploy/x-wing -- curl -s rebel-base",
        "kubectl --context cluster2 exec deploy/x-wing -- curl -s rebel-base",
        "npm run verify -- --stack class-ada",
        "npm run verify -- --watch --stack class-ada",
        "npm run -s expected -- sharedService=false",
        "npm run pulumi -- config set sharedService false --stack class-ada",
        "npm run up -- --stack class-ada",
        "npm run up -- --exercise failover --stack class-ada",
        "npm run tour -- --stack class-ada",
        "ssh -N -L 40001:127.0.0.1:40001 -L 40002:127.0.0.1:40002 USER@HOST",
    ]);
});

test("the sheet has the name, the settings of both clusters and how long the lab may stay", () => {
    const text = sheetHtml(data)
        .replace(/<style>[^]*<\/style>/, "")
        .replace(/<[^>]*>/g, " ")
        .replace(/\s+/g, " ");
    expect(text).toContain("Ada &lt;b&gt;");
    expect(text).toContain("Global true true Shared true false");
    expect(text).toContain("It may be removed 8 hours after its last npm run up .");
    expect(sheetHtml({ ...data, ttlHours: 0 })).not.toContain("may be removed");
});
