import { ClusterApi } from "../../../../src/mesh/kube/clusterApi";
import { OpenSession } from "../../../../src/mesh/kube/session";
import { startRecording } from "../../../../src/proof/experiment/record";
import { pod } from "../../../support/fakeClusterApi";

/** Resolves once something is so; by its own test's time limit it must be. */
async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
}

/** A cluster whose x-wing is answered by cluster2, until its session breaks after so many requests. */
function asking({ isReady = true, breaksAfter = Infinity } = {}) {
    let written = 0;
    const sessions = { open: 0, places: [] as unknown[] };
    const open: OpenSession = (place, _command, onText) => {
        let end: (reason: string) => void = () => undefined;
        const ended = new Promise<string>((resolve) => (end = resolve));
        sessions.open += 1;
        sessions.places.push(place.pod);
        void ended.then(() => (sessions.open -= 1));
        return Promise.resolve({
            write: (text) => {
                written += 1;
                if (written === breaksAfter) {
                    end("the connection to x-wing-a broke");
                } else {
                    onText(`#${text.trim()} {"Cluster": "Cluster-2"} 200 0 0.004\n`);
                }
            },
            close: () => end("closed"),
            ended,
        });
    };
    const pods = () => Promise.resolve([pod("x-wing-a", { ready: isReady }), pod("x-wing-b")]);
    const api = { pods } as unknown as ClusterApi;
    return { cluster: { cluster: "cluster1" as const, api, open }, sessions };
}

test("requests are kept with when they were sent and who answered, until they are stopped", async () => {
    const { cluster, sessions } = asking();
    let now = 1000;
    const recording = await startRecording([cluster], () => (now += 1));
    await until(() => recording.requests.length >= 2);
    await recording.stop();
    expect(recording.requests.slice(0, 2)).toEqual([
        { client: "cluster1", at: 1001, kind: "answered", cluster: "cluster2", milliseconds: 4 },
        { client: "cluster1", at: 1002, kind: "answered", cluster: "cluster2", milliseconds: 4 },
    ]);
    expect([sessions.open, recording.troubles]).toEqual([0, []]);
});

test("an x-wing that is ready asks", async () => {
    const { cluster, sessions } = asking({ isReady: false });
    const recording = await startRecording([cluster], Date.now);
    await until(() => recording.requests.length > 0);
    await recording.stop();
    expect(sessions.places).toEqual(["x-wing-b"]);
});

test("a session that breaks is told, and opened again", async () => {
    const { cluster, sessions } = asking({ breaksAfter: 1 });
    const recording = await startRecording([cluster], Date.now);
    await until(() => recording.requests.length > 0);
    await recording.stop();
    expect(sessions.places).toHaveLength(2);
    expect(recording.troubles).toEqual([
        "cluster1 asked nothing for a while: the connection to x-wing-a broke",
    ]);
});

test("a cluster without an x-wing that is ready cannot be asked", async () => {
    const api = { pods: () => Promise.resolve([]) } as unknown as ClusterApi;
    const { cluster } = asking();
    await expect(startRecording([{ ...cluster, api }], Date.now)).rejects.toThrow(
        "no x-wing of cluster1 is ready.",
    );
});
