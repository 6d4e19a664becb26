import { beginning } from "../../../../src/commands/board/progress";
import { RegionArgs, firstLook, regions } from "../../../../src/commands/board/regions";
import { bucketMs } from "../../../../src/proof/live/history";
import { ClientView, ClusterView, LabView, notThere } from "../../../../src/proof/live/labView";
import { historyChart, keptChart } from "../../../../src/proof/report/chart";
import { Markup } from "../../../../src/proof/report/markup";
import { sideOf } from "../../../support/sides";

const start = 1_000 * bucketMs;

function cluster(name: string, more: Partial<ClusterView> = {}): ClusterView {
    return {
        cluster: name,
        side: sideOf(name, "g s a=- r=2"),
        rebelBases: [],
        xWings: [],
        ...more,
    };
}

function view(clusters: readonly ClusterView[], more: Partial<LabView> = {}): LabView {
    return {
        stack: "dev",
        at: start,
        clusters,
        clients: [],
        differences: [],
        verdict: "unknown",
        ...more,
    };
}

describe("before there is a verdict the page says what is done", () => {
    const unseen = { side: undefined };

    test("the clusters that are looked at for the first time", () => {
        expect(firstLook(undefined, undefined)).toMatch(/^Looking at the clusters for the first/);
        const both = view([cluster("cluster1", unseen), cluster("cluster2", unseen)]);
        expect(firstLook(both, undefined)).toMatch(/^Looking at cluster1 and cluster2 for/);
        const one = view([cluster("cluster1"), cluster("cluster2", unseen)]);
        expect(firstLook(one, undefined)).toMatch(/^Looking at cluster2 for/);
    });

    test("the first requests that are on their way, but not where something keeps them back", () => {
        const client = (trouble?: string) =>
            ({ result: { client: "cluster1", requests: 0 }, trouble }) as ClientView;
        const seen = [cluster("cluster1"), cluster("cluster2")];
        expect(firstLook(view(seen, { clients: [client()] }), undefined)).toBe(
            "All clusters were seen. The first requests are on their way.",
        );
        const trouble = client("no x-wing pod is ready");
        expect(firstLook(view(seen, { clients: [trouble] }), undefined)).toBeUndefined();
        const agrees = view(seen, { verdict: "agrees" });
        expect(firstLook(agrees, undefined)).toBeUndefined();
    });

    test("nothing where a cluster cannot be seen, or the config not read: the trouble is told", () => {
        const dark = [cluster("cluster1", unseen), cluster("cluster2", { trouble: "away" })];
        expect(firstLook(view(dark), undefined)).toBeUndefined();
        expect(firstLook(undefined, "it is no YAML")).toBeUndefined();
    });
});

/** What the page says of a view. */
function regionsOf(shown: LabView, more: Partial<RegionArgs> = {}) {
    return regions({
        watch: { history: [], configProblem: undefined, flows: undefined },
        view: shown,
        marks: [],
        config: undefined,
        work: undefined,
        progress: beginning,
        minutes: 5,
        chartOf: historyChart,
        now: start,
        isReadOnly: false,
        ...more,
    });
}

describe("the state of the lab", () => {
    test("is told as not up where there is no cluster at all, with what brings it up", () => {
        const none = view([
            cluster("cluster1", { trouble: notThere }),
            cluster("cluster2", { trouble: notThere }),
        ]);
        const { status } = regionsOf(none);
        expect(status).toContain("not up");
        expect(status).toContain("npm run up brings the lab up");
        expect(status).toContain("Reconcile with the config");
        expect(status).not.toContain("Trouble");
        expect(regionsOf(none, { isReadOnly: true }).status).not.toContain("Reconcile");
    });

    test("has the one that is missing as trouble where the other is there", () => {
        const one = view([cluster("cluster1"), cluster("cluster2", { trouble: notThere })]);
        expect(regionsOf(one).status).toContain(`cluster2: ${notThere}`);
    });

    test("names somebody else's policies that hold for the lab's pods, and where they are", () => {
        const policy = { title: "NetworkPolicy deny", held: "x-wing", rules: "", managed: [] };
        const { status } = regionsOf(view([cluster("cluster1", { policies: [policy] })]));
        expect(status).toContain("NetworkPolicy deny in cluster1 applies to x-wing");
    });
});

test("the chart changes once in the time of a bucket, whatever is answered meanwhile", () => {
    const history = (requests: number, now: number) => {
        const bucket = (at: number, count: number) => ({
            at,
            counts: { cluster1: { cluster1: count, cluster2: 1 } },
        });
        const shown = view([cluster("cluster1"), cluster("cluster2")]);
        const buckets = [bucket(start - bucketMs, 9), bucket(start, requests)];
        const watch = { history: buckets, configProblem: undefined, flows: undefined };
        return regionsOf(shown, { watch, now, isReadOnly: true }).history;
    };
    const first = history(1, start + 1);
    expect(first).toContain("area");
    expect(history(5, start + bucketMs - 1)).toBe(first);
    expect(history(5, start + bucketMs)).not.toBe(first);
});

test("a chart is drawn again when its time, its marks, its clusters or its minutes are others, and not before", () => {
    let drawn = 0;
    const chartOf = keptChart(() => new Markup(`chart ${(drawn += 1)}`));
    const clusters = ["cluster1", "cluster2"];
    const args = { history: [], marks: [], clusters, now: start, minutes: 5 };
    const text = (more: Partial<typeof args>) => chartOf({ ...args, ...more }).toString();
    expect([text({}), text({ clusters: [...clusters] }), text({ history: [] })]).toEqual(
        Array(3).fill("chart 1"),
    );
    expect(text({ minutes: 60 })).toBe("chart 2");
    expect(text({})).toBe("chart 1");
    expect(text({ now: start + bucketMs })).toBe("chart 3");
    expect(text({ now: start + bucketMs, marks: [] })).toBe("chart 4");
    expect(text({ clusters: ["cluster1"] })).toBe("chart 5");
});
