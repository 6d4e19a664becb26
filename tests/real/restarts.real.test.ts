import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { kubeconfigPath } from "../../src/machine/names";
import { RealLab, command, docker, expectAgreement, whyNotReal } from "../support/realLab";

const reason = whyNotReal();
const onRealClusters = reason === undefined ? describe : describe.skip;
const clusters = ["cluster1", "cluster2"] as const;

/** A command that restarts the container engine as a whole, with every container on this machine. */
const restart = process.env.LAB_TEST_DOCKER_RESTART;
const ifRestart = restart ? test : test.skip;
const whyNoRestart = restart ? "" : " (skipped: LAB_TEST_DOCKER_RESTART names no command)";

onRealClusters(`restarts on real clusters${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;

    beforeAll(() => {
        lab = new RealLab();
        expectAgreement(lab.run("up"));
    });

    afterAll(() => lab.remove());

    const nodes = () => clusters.map((cluster) => lab.node(cluster));
    const ids = () => docker("inspect", "--format", "{{.Id}}", ...nodes()).stdout;

    test("a machine that slept for a minute answers again without a command", async () => {
        docker("pause", ...nodes());
        await sleep(65_000);
        docker("unpause", ...nodes());
        const fault = "both nodes paused for 65 s, no command";
        expectAgreement(lab.recover(fault, "verify", "--within", "300"));
    });

    test("with the engine off, up and down say so and change nothing", () => {
        const before = lab.remains();
        const off = { ...process.env, DOCKER_HOST: "unix:///nowhere/docker.sock" };
        for (const name of ["up", "down"]) {
            const { code, output } = command(name, ["--stack", lab.stack], off);
            expect(output).toContain("nothing was created or changed");
            expect(output).toContain("docker is installed but its engine is not running");
            expect(code).toBe(2);
        }
        expect(lab.remains()).toEqual(before);
        expectAgreement(lab.run("verify"));
    });

    test("a node that was stopped is started by up", () => {
        const before = ids();
        docker("stop", lab.node("cluster1"));
        const ended = lab.recover("one node stopped, then up", "up");
        expect(ended.output).toContain(`${lab.kind("cluster1")}: starting its node`);
        expectAgreement(ended);
        expect(ids()).toBe(before);
    });

    ifRestart(
        `after a restart of the whole engine the lab answers without a command${whyNoRestart}`,
        () => {
            const before = ids();
            const { status, stderr } = spawnSync("sh", ["-c", restart!], { encoding: "utf8" });
            expect([status, stderr]).toEqual([0, ""]);
            const fault = "engine restarted, no command";
            expectAgreement(lab.recover(fault, "verify", "--within", "300"));
            expect(ids()).toBe(before);
        },
    );

    test("kubeconfig files that were deleted are written anew by up, and the clusters stay", () => {
        const before = ids();
        const paths = clusters.map((cluster) => kubeconfigPath(lab.stack, cluster));
        paths.forEach((path) => rmSync(path));
        expectAgreement(lab.recover("both kubeconfig files deleted, then up", "up"));
        expect(paths.map((path) => existsSync(path))).toEqual([true, true]);
        expect(ids()).toBe(before);
    });

    test("clusters that were both deleted at once are made again by the same up", () => {
        docker("rm", "--force", "--volumes", ...nodes());
        const ended = lab.recover("both clusters deleted, then up", "up");
        for (const cluster of clusters) {
            expect(ended.output).toContain(
                `${lab.kind(cluster)} has vanished; it is created again`,
            );
        }
        expectAgreement(ended);
    });
});
