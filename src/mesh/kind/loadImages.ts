import { askEngine, engineProgram, transferWithinMs } from "../../machine/engine";
import { KeptImage, hasContainerdStore, keepImages, megabytes } from "../../machine/imageCache";
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

/** What an image takes in a node, in sizes of its packed layers: these, and about four times as much unpacked. */
const unpackedTimes = 5;

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
    // The node keeps the layers of what it is given packed and unpacked; the size of packed ones tells the lesser part.
    const times = (await hasContainerdStore(machine.run)) ? unpackedTimes : 2;
    await requireRoom(name, times * bytes, machine);
    const list = kept.map(({ reference }) => shortReference(reference)).join(", ");
    machine.say(`${name}: loading from the cache, ${megabytes(bytes)}: ${list}`);
    for (const images of byPlatform(kept)) {
        const { code, stderr } = await load(name, images, machine);
        if (code !== 0) {
            machine.say(
                `${name}: its node did not take the images (${lastLine(stderr)}); it pulls them itself`,
            );
        }
    }
}

/** Images by what they run on, each group to be saved by itself; one alone, but for images of another platform. */
export function byPlatform(images: readonly KeptImage[]): KeptImage[][] {
    const platforms = [...new Set(images.map(({ platform }) => platform))];
    return platforms.map((one) => images.filter(({ platform }) => platform === one));
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
 * In the node: imports what comes in, all of it or of one platform, and gives it the wanted names. The archive has the lab's
 * own names, because one of an image that is pinned by digest has no other; the digest was checked at the pull.
 */
const importScript = `set -e
ctr --namespace=k8s.io images import "$1" - >/dev/null
shift
while [ $# -gt 0 ]; do
    ctr --namespace=k8s.io images tag --force "$1" "$2" >/dev/null
    shift 2
done`;

/** What containerd says of an archive whose index names a platform that the archive does not have. */
const lacksContent = /content digest sha256:[0-9a-f]+: not found/;

/**
 * Loads images of one platform into a node. An engine that keeps the indexes of images and cannot save one platform
 * of them (Docker 25 to 27 with containerd's store) names platforms that it does not have; of such an archive the node
 * takes the one that is there (https://github.com/kubernetes-sigs/kind/issues/3795).
 */
async function load(name: string, images: readonly KeptImage[], { run }: Machine) {
    const names = images.flatMap(({ reference }) => [
        fullReference(cacheTag(reference)),
        fullReference(reference),
    ]);
    const pipedFrom = [engineProgram(), ...(await saveArgs(images, run))];
    const inNode = ["exec", "--interactive", nodeName(name), "sh", "-c", importScript, "sh"];
    const importing = (which: string) =>
        askEngine(run, [...inNode, which, ...names], {
            pipedFrom,
            timeoutMs: transferWithinMs,
        });
    const all = await importing("--all-platforms");
    const [{ platform } = { platform: "" }] = images;
    return all.code !== 0 && lacksContent.test(all.stderr) && platform !== ""
        ? importing(`--platform=${platform}`)
        : all;
}

/**
 * The engine's arguments that write images of one platform to standard output. The image store of Docker 29 has the
 * layers of one platform only and must be told to leave out the others; before Docker 28 (API 1.48) nobody can say so.
 *
 * @see https://github.com/kubernetes-sigs/kind/issues/3795
 */
export async function saveArgs(
    images: readonly Pick<KeptImage, "tag" | "platform">[],
    run: Machine["run"],
): Promise<string[]> {
    const { code, stdout } = await askEngine(run, [
        "version",
        "--format",
        "{{.Client.APIVersion}}",
    ]);
    const [major = 0, minor = 0] = stdout.trim().split(".").map(Number);
    const takesPlatform = code === 0 && (major > 1 || minor >= 48);
    const platform = images[0]?.platform ?? "";
    return [
        "save",
        ...(takesPlatform && platform !== "" ? ["--platform", platform] : []),
        ...images.map(({ tag }) => tag),
    ];
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
