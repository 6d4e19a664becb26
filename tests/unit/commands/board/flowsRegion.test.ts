import { flowsRegion } from "../../../../src/commands/board/flowsRegion";
import { ReadFlows } from "../../../../src/proof/flows/read";
import { markup } from "../../../../src/proof/report/markup";

const clusters = ["cluster1", "cluster2"];
const client = { cluster: "cluster1", pod: "x-wing-0" };
const nothing: ReadFlows = { flows: [], unread: [], lost: 0, invalid: 0 };

/** The region's text, a line for each element that has some. */
function texts(read: ReadFlows | undefined): string[] {
    const html = markup`${flowsRegion(read, clusters)}`.toString();
    return html
        .replace(/<[^>]*>/g, "\n")
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "");
}

test("a lab without Hubble shows nothing of it", () => {
    expect(texts(undefined)).toEqual([]);
});

test("before the first request that is said, without an empty table", () => {
    expect(texts(nothing)).toEqual([
        "The last requests in the data path",
        "No request to rebel-base was seen yet.",
    ]);
});

test("a request to no pod, and one to a pod that nobody knows, are told as such", () => {
    const at = Date.UTC(2026, 10, 29, 12);
    const flows = [
        {
            ...{ at, client, port: 1, outcome: "dropped" as const },
            ...{ reason: "no backend", droppedIn: "cluster1" },
        },
        {
            ...{ at: at + 1, client, port: 2, outcome: "arrived" as const },
            backend: { cluster: undefined, pod: "10.9.9.9" },
        },
    ];
    expect(texts({ ...nothing, flows }).slice(-11)).toEqual([
        ...["12:00:00.001", "cluster1", "x-wing-0", "unknown", "10.9.9.9", "arrived"],
        ...["12:00:00.000", "cluster1", "x-wing-0", "no pod"],
        "dropped in cluster1: no backend",
    ]);
});

test("what an agent says instead is text, and losses are told", () => {
    const unread = [{ cluster: "cluster2", reason: "<img src=x onerror=alert(1)>" }];
    const html = markup`${flowsRegion({ ...nothing, unread, lost: 1 }, clusters)}`.toString();
    expect(html).toContain("Not read in cluster2: &lt;img src=x onerror=alert(1)&gt;.");
    expect(html).not.toContain("<img");
    expect(html).toContain("Hubble has lost 1 event.");
});
