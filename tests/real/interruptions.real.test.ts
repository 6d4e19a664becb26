import { RealLab, docker, whyNotReal } from "../support/realLab";

const reason = whyNotReal();
const onRealClusters = reason === undefined ? describe : describe.skip;

/** What `up` says at each of its stages. */
const stages = {
    "kind creates the clusters": /Preparing nodes/,
    "Helm installs Cilium": /helm\.sh\/v3:Release mesh-cilium-\S+ creating/,
    "the lab's objects are created": /rebel-base-deployment creating/,
    "the mesh gets ready": /waiting for Cilium agent/,
};

onRealClusters(`interruptions on real clusters${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;

    beforeAll(() => {
        lab = new RealLab();
    });

    beforeEach(() => {
        lab.run("down");
    });

    afterAll(() => lab.remove());

    function expectRecovery(fault: string): void {
        const { code, output } = lab.recover(fault, "up");
        expect(output).toContain("Requests and rule agree");
        expect(code).toBe(0);
        expect(lab.containers().toSorted()).toEqual([lab.node("cluster1"), lab.node("cluster2")]);
        expect(lab.workInProgress()).toEqual([]);
    }

    function expectDown(fault: string): void {
        const { code, output } = lab.recover(fault, "down");
        expect(output).toContain(`Stack ${lab.stack} is down`);
        expect(code).toBe(0);
        expect(lab.remains()).toEqual([]);
    }

    test.each(Object.entries(stages))(
        "up goes on after a SIGKILL while %s",
        async (name, stage) => {
            await lab.interrupted("up", [], stage, "SIGKILL");
            expectRecovery(`SIGKILL while ${name}, then up`);
        },
    );

    test.each([
        ["SIGINT", "kind creates the clusters"],
        ["SIGKILL", "kind creates the clusters"],
        ["SIGTERM", "Helm installs Cilium"],
        ["SIGHUP", "the lab's objects are created"],
        ["SIGTERM", "the mesh gets ready"],
    ] as const)("down leaves nothing after a %s while %s", async (signal, name) => {
        const { code } = await lab.interrupted("up", [], stages[name], signal);
        expect(code).not.toBe(0);
        expectDown(`${signal} while ${name}, then down`);
    });

    test("up goes on after a Ctrl-C and a SIGKILL in a row", async () => {
        await lab.interrupted("up", [], stages["kind creates the clusters"], "SIGINT");
        await lab.interrupted("up", [], stages["kind creates the clusters"], "SIGKILL");
        expectRecovery("SIGINT, then SIGKILL, then up");
    });

    test.each(["SIGINT", "SIGKILL"] as const)(
        "up goes on after a %s while it makes a cluster anew that somebody deleted",
        async (signal) => {
            expect(lab.run("up").code).toBe(0);
            docker("rm", "--force", "--volumes", lab.node("cluster2"));
            await lab.interrupted("up", [], stages["kind creates the clusters"], signal);
            expectRecovery(`a cluster deleted, ${signal} of up, then up`);
        },
    );

    test("up makes again what a down that was killed took away", async () => {
        expect(lab.run("up").code).toBe(0);
        await lab.interrupted("down", [], /deleting mesh-/, "SIGKILL");
        expectRecovery("SIGKILL of down, then up");
    });

    test.each(["SIGINT", "SIGKILL"] as const)("down goes on after its %s", async (signal) => {
        expect(lab.run("up").code).toBe(0);
        await lab.interrupted("down", [], /deleting mesh-/, signal);
        expectDown(`${signal} of down, then down`);
        expectDown("down twice");
    });
});
