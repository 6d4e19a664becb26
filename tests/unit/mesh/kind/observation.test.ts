import { engineProgram } from "../../../../src/machine/engine";
import { Observation, isOurs, nodeStates, observe } from "../../../../src/mesh/kind/observation";
import { ClusterRecord } from "../../../../src/mesh/kind/record";
import { Answer, fakeRunner } from "../../../support/fakeRunner";

const node = "mesh-dev-cluster1-control-plane";
const kubeadm = `
    kubeletExtraArgs:
      node-labels: "cilium-global-services/identity=0123456789ab"
      node-ip: "172.18.0.2"`;

/** Looks at a cluster through an engine that answers so. */
function observeWith(
    inspect: Answer,
    copy: Answer = { code: 1, stderr: "Error: Could not find the file" },
) {
    const fake = fakeRunner({ "docker container inspect": inspect, "docker cp": copy });
    return { fake, observation: observe("mesh-dev-cluster1", fake.run) };
}

describe("observe", () => {
    test.each(["running", "exited", "paused"])("a node that is %s is found", async (state) => {
        const { observation } = observeWith({ stdout: `${state}\n` }, { stdout: kubeadm });
        expect(await observation).toEqual({
            found: true,
            state,
            identity: "0123456789ab",
            isConfigured: true,
        });
    });

    test("the engine is asked for the node's container and for its kubeadm configuration", async () => {
        const { fake, observation } = observeWith({ stdout: "running\n" });
        await observation;
        expect(fake.calls.map(({ argv }) => argv)).toEqual([
            ["docker", "container", "inspect", "--format", "{{.State.Status}}", node],
            ["docker", "cp", `${node}:/kind/kubeadm.conf`, "-"],
        ]);
    });

    test.each([
        `Error response from daemon: No such container: ${node}`,
        `Error: No such object: ${node}`,
        `Error: no such container ${node}`,
    ])("nothing is found where the engine says %j", async (stderr) => {
        const { fake, observation } = observeWith({ code: 1, stdout: "[]\n", stderr });
        expect(await observation).toEqual({ found: false });
        expect(fake.calls).toHaveLength(1);
    });

    test("an engine that cannot be asked is an error with its last word", async () => {
        const stderr = "warning\nCannot connect to the Docker daemon.\n";
        await expect(observeWith({ code: 1, stderr }).observation).rejects.toThrow(
            `docker cannot be asked about ${node}: Cannot connect to the Docker daemon.`,
        );
    });

    test.each<[string, Answer, boolean]>([
        ["has no kubeadm configuration", { code: 1, stderr: "no such file" }, false],
        [
            "has no kubeadm configuration, in Docker's words",
            {
                code: 1,
                stderr: `Error response from daemon: Could not find the file /kind/kubeadm.conf in container ${node}`,
            },
            false,
        ],
        ["has half a configuration", { stdout: "kind: InitConfiguration\n" }, false],
        ["has a label cut short", { stdout: "cilium-global-services/identity=0123456" }, false],
        [
            "has no label of this project",
            { stdout: 'node-labels: "other/identity=0123456789ab"\nkind: KubeletConfiguration' },
            true,
        ],
    ])("a node that %s has no identity", async (_, copy, isConfigured) => {
        const { observation } = observeWith({ stdout: "running\n" }, copy);
        expect(await observation).toEqual({
            found: true,
            state: "running",
            identity: undefined,
            isConfigured,
        });
    });
});

test.each([
    ["Error response from daemon: No space left on device", "No space left on device"],
    ["warning\nCannot connect to the Docker daemon.\n", "Cannot connect to the Docker daemon."],
    ["", ""],
])(
    "a node that cannot be read is an error, and none without identity: %j",
    async (stderr, word) => {
        const { observation } = observeWith({ stdout: "running\n" }, { code: 1, stderr });
        await expect(observation).rejects.toThrow(`docker cannot read from ${node}: `);
        await expect(observation).rejects.toThrow(word);
    },
);

describe("isOurs", () => {
    const found = (identity: string | undefined, isConfigured = false): Observation => ({
        found: true,
        state: "running",
        identity,
        isConfigured,
    });

    test.each<
        [string, Observation, Pick<ClusterRecord, "identity" | "phase"> | undefined, boolean]
    >([
        ["nothing", { found: false }, { identity: "a", phase: "ready" }, false],
        ["a cluster without a record", found("a"), undefined, false],
        ["the recorded identity", found("a"), { identity: "a", phase: "ready" }, true],
        [
            "the recorded identity, half made",
            found("a"),
            { identity: "a", phase: "creating" },
            true,
        ],
        ["another identity", found("b"), { identity: "a", phase: "ready" }, false],
        ["another identity, half made", found("b"), { identity: "a", phase: "creating" }, false],
        ["no identity yet", found(undefined), { identity: "a", phase: "creating" }, true],
        [
            "no identity though kind has told the node what it shall be",
            found(undefined, true),
            { identity: "a", phase: "creating" },
            false,
        ],
        ["no identity at all", found(undefined), { identity: "a", phase: "ready" }, false],
    ])("%s", (_, observation, record, expected) => {
        expect(isOurs(observation, record)).toBe(expected);
    });
});

test.each([
    [{}, "docker"],
    [{ KIND_EXPERIMENTAL_PROVIDER: "" }, "docker"],
    [{ KIND_EXPERIMENTAL_PROVIDER: "podman" }, "podman"],
])("with %j the engine is %s", (env, expected) => {
    expect(engineProgram(env)).toBe(expected);
});

describe("nodeStates", () => {
    test("one question tells of all nodes who runs; a paused one does not", async () => {
        const rows = [
            "mesh-a-cluster1-control-plane\tUp 3 hours",
            "mesh-a-cluster2-control-plane\tUp 3 hours (Paused)",
            "mesh-b-cluster1-control-plane\tExited (137) 2 minutes ago",
            "mesh-c-cluster1-control-plane\tCreated",
        ];
        const fake = fakeRunner({ "docker ps": { stdout: `${rows.join("\n")}\n` } });
        expect([...(await nodeStates(fake.run))]).toEqual([
            ["mesh-a-cluster1-control-plane", "running"],
            ["mesh-a-cluster2-control-plane", "stopped"],
            ["mesh-b-cluster1-control-plane", "stopped"],
            ["mesh-c-cluster1-control-plane", "stopped"],
        ]);
        expect(fake.calls).toHaveLength(1);
    });

    test("an engine that does not tell is an error with its last line", async () => {
        const fake = fakeRunner({ "docker ps": { code: 1, stderr: "Cannot connect\n" } });
        await expect(nodeStates(fake.run)).rejects.toThrow(
            "docker cannot list its containers: Cannot connect",
        );
    });
});
