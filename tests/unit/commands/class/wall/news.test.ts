import { newsNow } from "../../../../../src/commands/class/wall/news";
import { News } from "../../../../../src/machine/timeline";

const said = (...texts: string[]): News[] =>
    texts.map((text, at) => ({ text, at, isFailure: false }));

test("a run waits for what each cluster said last, since the oldest of that", () => {
    expect(
        newsNow(
            said(
                "cluster1: creating the kind cluster",
                "cluster2: creating the kind cluster",
                "cluster2: waiting for coredns 0 of 2",
                "cluster1: waiting for x-wing 1 of 2",
            ),
        ),
    ).toEqual({
        text: "cluster1: waiting for x-wing 1 of 2; cluster2: waiting for coredns 0 of 2",
        at: 2,
        isFailure: false,
    });
});

test("a cluster that is ready is not waited for, whoever spoke last", () => {
    const waiting = "cluster2: waiting for cluster1 to connect";
    expect(newsNow(said(waiting, "cluster1: ready and meshed after 9 s"))).toMatchObject({
        text: waiting,
        at: 0,
    });
});

test("once all are ready the last word is that", () => {
    const last = "cluster2: ready and meshed after 12 s";
    expect(newsNow(said("cluster1: ready and meshed after 9 s", last))?.text).toBe(last);
});

test("why it failed goes before whatever the other cluster still says", () => {
    const [failure, after] = said("cluster1 is stuck: rebel-base-0", "cluster2: waiting");
    expect(newsNow([{ ...failure!, isFailure: true }, after!])?.text).toBe(failure!.text);
});

test("a run that has said nothing has no news", () => {
    expect(newsNow([])).toBeUndefined();
});
