import { ProblemsError } from "../../../src/config/problem";
import { requireEngine } from "../../../src/machine/checks";
import { fakeRunner } from "../../support/fakeRunner";

const networks = { "docker network": {} };

test("an engine that answers is all that is asked for", async () => {
    await expect(
        requireEngine(fakeRunner({ "docker info": { stdout: "{}" } }, networks).run),
    ).resolves.toBeUndefined();
});

test("an engine that is off is a problem with its fix, and nothing was done", async () => {
    const stderr = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.";
    const { run } = fakeRunner({ docker: { code: 1, stderr } });
    const error: unknown = await requireEngine(run).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ProblemsError);
    expect((error as Error).message).toBe(
        [
            "1 problem; nothing was created or changed:",
            "  - docker is installed but its engine is not running; the clusters' nodes are its containers.",
            "    Fix: sudo systemctl start docker, or start Docker Desktop",
        ].join("\n"),
    );
});
