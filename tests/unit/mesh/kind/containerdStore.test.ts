import { cacheTag } from "../../../../src/machine/imageReference";
import { Machine } from "../../../../src/machine/machine";
import { loadImages } from "../../../../src/mesh/kind/loadImages";
import { fakeEngine } from "../../../support/fakeEngine";
import { Call } from "../../../support/fakeRunner";
import { StoredImage, imported, saved } from "../../../support/ociArchive";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

/*
 * Docker with containerd's image store, as new installations of Docker 29 have it. The archives are built from the
 * specification (tests/support/ociArchive.ts), not recorded from such an engine.
 */

const name = "mesh-dev-cluster1";
const node = `${name}-control-plane`;
const target = { cluster: "cluster1", name } as const;
const agent = `quay.io/cilium/cilium:v1@sha256:${"0df5b275".repeat(8)}`;
const nginx = "docker.io/library/nginx:1";
const both = ["linux/amd64", "linux/arm64"];

/** An engine of an API version that has these images, and a node that imports as containerd does. */
function storeWith(
    present: Readonly<Record<string, readonly string[]>>,
    { api = "1.52", freeBytes = 2 ** 40 } = {},
) {
    const images = Object.fromEntries(
        Object.entries(present).map(([reference, platforms]) => [
            cacheTag(reference),
            new StoredImage(reference, both, platforms),
        ]),
    );
    const inNode: Record<string, string[]> = {};
    const importing = ({ argv, options }: Call) => {
        const [which = "", ...names] = argv.slice(argv.indexOf("sh", 7) + 1);
        try {
            const taken = imported(saved(options.pipedFrom!.slice(1), images), which);
            for (let index = 0; index < names.length; index += 2) {
                inNode[names[index + 1]!] = taken[names[index]!]!;
            }
            return {};
        } catch (error) {
            return { code: 1, stderr: `${(error as Error).message}\n` };
        }
    };
    const tags = Object.entries(images);
    const engine = fakeEngine(
        {
            images: Object.fromEntries(tags.map(([tag, { size }]) => [tag, size])),
            platforms: Object.fromEntries(tags.map(([tag, image]) => [tag, image.present[0]!])),
        },
        {
            [`docker exec ${node} ctr --namespace=k8s.io images ls -q`]: {},
            [`docker exec ${node} df -Pk /var`]: {
                stdout: `Filesystem 1024-blocks Used Available\n/dev/vda 9 9 ${freeBytes / 1024} 9% /var\n`,
            },
            "docker version": { stdout: `${api}\n` },
            "docker info --format {{json .DriverStatus}}": {
                stdout: '[["driver-type","io.containerd.snapshotter.v1"]]\n',
            },
            [`docker exec --interactive ${node} sh -c`]: importing,
        },
    );
    const nobody = () => Promise.reject(new Error("not needed here"));
    const machine: Machine = { run: engine.run, say: engine.say, kind: nobody, download: nobody };
    return { engine, machine, inNode };
}

const named = agent.replace(":v1", "");

test("of an image that has many platforms and the blobs of one, a node gets that one", async () => {
    const { engine, machine, inNode } = storeWith({
        [agent]: ["linux/arm64"],
        [nginx]: ["linux/arm64"],
    });
    await loadImages(target, [agent, nginx], machine);

    expect(inNode).toEqual({ [named]: ["linux/arm64"], [nginx]: ["linux/arm64"] });
    expect(engine.callsOf("docker exec --interactive")).toHaveLength(1);
    expect(engine.said.slice(1)).toEqual([]);
});

test("an engine that cannot save one platform names those that it lacks, and the node takes what is there", async () => {
    const { engine, machine, inNode } = storeWith({ [agent]: ["linux/amd64"] }, { api: "1.47" });
    await loadImages(target, [agent], machine);

    expect(inNode).toEqual({ [named]: ["linux/amd64"] });
    const flags = engine.callsOf("docker exec --interactive").map(({ argv }) => argv[8]);
    expect(flags).toEqual(["--all-platforms", "--platform=linux/amd64"]);
    expect(engine.said.slice(1)).toEqual([]);
});

test("an image of another platform keeps no other from the node", async () => {
    const { engine, machine, inNode } = storeWith({
        [agent]: ["linux/arm64"],
        [nginx]: ["linux/amd64"],
    });
    await loadImages(target, [agent, nginx], machine);

    expect(inNode).toEqual({ [named]: ["linux/arm64"], [nginx]: ["linux/amd64"] });
    expect(engine.said.slice(1)).toEqual([]);
});

test("the engine is asked for tag and digest by the digest alone", async () => {
    const { engine, machine } = storeWith({ [agent]: ["linux/amd64"] });
    await loadImages(target, [agent], machine);

    expect(engine.callsOf("docker tag").map(({ argv }) => argv[2])).toEqual([named]);
});

test("sizes are of packed layers, so that a node needs more than twice as much", async () => {
    const { size } = new StoredImage(agent, both, ["linux/amd64"]);
    const { machine, inNode } = storeWith({ [agent]: ["linux/amd64"] }, { freeBytes: 4 * size });
    await expect(loadImages(target, [agent], machine)).rejects.toThrow(/of disk is free/);
    expect(inNode).toEqual({});
});
