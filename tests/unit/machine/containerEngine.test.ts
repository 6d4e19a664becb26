import { ProblemsError } from "../../../src/config/problem";
import { engineProblem, requireEngine } from "../../../src/machine/checks";
import { identifyEngine } from "../../../src/machine/engine";
import { fakeRunner } from "../../support/fakeRunner";

const lineOf = "docker info --format {{json .}}";

test("an engine that answers is all that is asked for", async () => {
    const { run, calls } = fakeRunner({ "docker info": { stdout: "{}" } });
    await expect(requireEngine(run)).resolves.toBeUndefined();
    expect(calls.map(({ line }) => line)).toEqual([lineOf]);
});

test("an engine that has just said which one it is is not asked again, but by who must know", async () => {
    const { run, calls } = fakeRunner({ "docker info": { stdout: '{"ID":"A"}' } });
    expect(await identifyEngine(run)).toMatchObject({ id: "A" });
    await requireEngine(run);
    expect(calls).toHaveLength(1);
    expect(await engineProblem(run)).toBeUndefined();
    expect(calls).toHaveLength(2);
});

test("an engine that did not answer is asked again", async () => {
    const answers = [{ code: 1 }, { stdout: "{}" }, { code: 1 }, { stdout: "{}" }];
    const { run, calls } = fakeRunner({ "docker info": () => answers.shift()! });
    expect(await identifyEngine(run)).toBeUndefined();
    await requireEngine(run);
    // Its last word is that it is gone, whatever it has said before.
    await engineProblem(run);
    await requireEngine(run);
    expect(calls).toHaveLength(4);
});

test("another engine's answer is none of this one's", async () => {
    const { run, calls } = fakeRunner({ "docker info": { stdout: "{}" } });
    await identifyEngine(run);
    await identifyEngine(run, { ...process.env, DOCKER_HOST: "ssh://far" });
    expect(calls).toHaveLength(2);
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
