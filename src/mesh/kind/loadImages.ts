import { askEngine, engineProgram, transferWithinMs } from "../../machine/engine";
import { KeptImage, keepImages, megabytes } from "../../machine/imageCache";
import { cacheTag, fullReference, shortReference } from "../../machine/imageReference";
import { Machine } from "../../machine/machine";
import { nodeName } from "../../machine/names";
import { poll } from "../../machine/poll";
import { lastLine } from "../../machine/run";
import { timed } from "../../machine/timeline";

/** Longest wait for the container runtime of a node that is just being made. */
const runtimeWithinMs = 60_000;

/** Room that a download must find on the engine's disk, in bytes: Cilium's and the lab's images, packed and unpacked. */
export const roomForDownload = 2 * 2 ** 30;

/** Where images go. */
export interface LoadTarget {
    readonly cluster: string;
    /** Name of the kind cluster. */
    readonly name: string;
}

/**
 * Gives a cluster's node the images it lacks, from the container engine's cache, so that no kubelet pulls what the
 * machine has. It may run while kind still makes the cluster. What cannot be had is said and left to the kubelet.
 *
 * @throws Error if the disk has no room for it.
 */
export async function loadImages(
    { cluster, name }: LoadTarget,
    references: readonly string[],
    machine: Machine,
): Promise<void> {
    const there = await imagesInNode(name, machine);
    if (there === undefined) {
        machine.say(`${name}: its node does not list its images; it pulls what it needs itself`);
        return;
    }
    const lacking = references.filter((reference) => !there.includes(fullReference(reference)));
    if (lacking.length > 0) {
        await timed({ name: "images", cluster }, () => provide(name, lacking, machine));
    }
}

async function provide(
    name: string,
    references: readonly string[],
    machine: Machine,
): Promise<void> {
    const { kept, missed } = await keepImages(references, machine, () =>
        requireRoom(name, roomForDownload, machine),
    );
    for (const { reference, reason } of missed) {
        const program = engineProgram();
        const { HTTPS_PROXY = "", https_proxy = "" } = process.env;
        const hint =
            HTTPS_PROXY + https_proxy === ""
                ? ""
                : `; its engine does not read HTTPS_PROXY (docs/proxy.md)`;
        machine.say(
            `${shortReference(reference)}: ${program} could not download it (${reason})${hint}; the node of ${name} tries by itself`,
        );
    }
    if (kept.length === 0) {
        return;
    }
    const bytes = kept.reduce((sum, { size }) => sum + size, 0);
    // The node keeps the layers of what it is given packed and unpacked.
    await requireRoom(name, 2 * bytes, machine);
    const list = kept.map(({ reference }) => shortReference(reference)).join(", ");
    machine.say(`${name}: loading from the cache, ${megabytes(bytes)}: ${list}`);
    const { code, stderr } = await load(name, kept, machine);
    if (code !== 0) {
        machine.say(
            `${name}: its node did not take the images (${lastLine(stderr)}); it pulls them itself`,
        );
    }
}

/** Names of the images in a node, as soon as its runtime answers; undefined if it does not in time. */
function imagesInNode(name: string, { run }: Machine): Promise<string[] | undefined> {
    const list = ["exec", nodeName(name), "ctr", "--namespace=k8s.io", "images", "ls", "-q"];
    return poll(
        async () => {
            const { code, stdout } = await askEngine(run, list);
            return code === 0 ? stdout.split("\n") : undefined;
        },
        { withinMs: runtimeWithinMs, everyMs: 500 },
    );
}

/**
 * In the node: imports what comes in and gives it the wanted names. The archive has the lab's own names, because one
 * of an image that is pinned by digest has no other; the digest was checked at the pull.
 */
const importScript = `set -e
ctr --namespace=k8s.io images import --all-platforms - >/dev/null
while [ $# -gt 0 ]; do
    ctr --namespace=k8s.io images tag --force "$1" "$2" >/dev/null
    shift 2
done`;

async function load(name: string, kept: readonly KeptImage[], { run }: Machine) {
    const names = kept.flatMap(({ reference }) => [
        fullReference(cacheTag(reference)),
        fullReference(reference),
    ]);
    const tags = kept.map(({ tag }) => tag);
    const inNode = ["exec", "--interactive", nodeName(name), "sh", "-c", importScript, "sh"];
    return askEngine(run, [...inNode, ...names], {
        pipedFrom: [engineProgram(), ...(await saveArgs(tags, run))],
        timeoutMs: transferWithinMs,
    });
}

/**
 * The engine's arguments that write images to standard output. The image store of Docker 29 has the layers of one
 * platform only and must be told to leave out the others (https://github.com/kubernetes-sigs/kind/issues/3795); before
 * Docker 28 (API 1.48) nobody can say so.
 */
export async function saveArgs(tags: readonly string[], run: Machine["run"]): Promise<string[]> {
    const format = "{{.Client.APIVersion}} {{.Server.Os}}/{{.Server.Arch}}";
    const { code, stdout } = await askEngine(run, ["version", "--format", format]);
    const [api = "", platform = ""] = stdout.trim().split(" ");
    const [major = 0, minor = 0] = api.split(".").map(Number);
    const takesPlatform = code === 0 && (major > 1 || minor >= 48);
    return ["save", ...(takesPlatform ? ["--platform", platform] : []), ...tags];
}

async function requireRoom(name: string, bytes: number, { run }: Machine): Promise<void> {
    const df = await askEngine(run, ["exec", nodeName(name), "df", "-Pk", "/var"]);
    const kilobytes = df.stdout.trim().split("\n").pop()?.split(/\s+/)[3];
    const free = Number(kilobytes ?? Number.NaN) * 1024;
    if (free < bytes) {
        const gib = (amount: number) => `${(amount / 2 ** 30).toFixed(1)} GiB`;
        const program = engineProgram();
        throw new Error(
            `${gib(free)} of disk is free where ${program} keeps images; those that ${name} lacks need ${gib(bytes)}. npm run cache shows what can go, ${program} system df what else takes the space`,
        );
    }
}
