import { RealLab, docker, expectAgreement, whyNotReal } from "../support/realLab";

const reason = whyNotReal();
const onRealClusters = reason === undefined ? describe : describe.skip;
const both = { cluster1: ["cluster1", "cluster2"], cluster2: ["cluster1", "cluster2"] };

onRealClusters(`two stacks and two shells${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let here: RealLab;
    let there: RealLab;

    beforeAll(() => {
        here = new RealLab();
        there = new RealLab();
    });

    afterAll(() => {
        here.remove();
        there.remove();
    });

    const ids = (lab: RealLab) =>
        docker("inspect", "--format", "{{.Id}}", ...lab.containers().toSorted()).stdout;

    test("two stacks are created at the same time", async () => {
        const ended = await Promise.all([here.start("up").ended, there.start("up").ended]);
        ended.forEach(expectAgreement);
        expect(here.containers()).toHaveLength(2);
        expect(there.containers()).toHaveLength(2);
    });

    test("another command on a stack that is worked on is refused in a sentence, and the first goes on", async () => {
        here.set("xWingReplicas", "3");
        const first = here.start("up");
        await first.said(/Updating/);
        const others = [here.run("up"), here.run("down")];
        for (const { code, output } of others) {
            expect(output).toMatch(
                /npm run up \(process \d+, since .*\) is already working on stack \S+; nothing was changed/,
            );
            expect(code).toBe(1);
        }
        expectAgreement(await first.ended);
        expect(here.containers()).toHaveLength(2);
    });

    test("two stacks are changed at the same time, each in its own way", async () => {
        here.set("sharedService", "false");
        there.set("rebelBaseReplicas", "0");
        const ended = await Promise.all([here.start("up").ended, there.start("up").ended]);
        ended.forEach(expectAgreement);
        expect(here.answering().answered).toEqual({ ...both, cluster2: ["cluster2"] });
        expect(there.answering().answered).toEqual({
            cluster1: ["cluster2"],
            cluster2: ["cluster2"],
        });
    });

    test("one stack is destroyed while the other changes, which stays whole", async () => {
        const before = ids(there);
        there.set("rebelBaseReplicas", "2");
        const [down, up] = await Promise.all([here.start("down").ended, there.start("up").ended]);
        expect(down.output).toContain(`Stack ${here.stack} is down`);
        expectAgreement(up);
        expect(here.remains()).toEqual([]);
        expect(ids(there)).toBe(before);
        expect(there.answering().answered).toEqual(both);
    });
});
