/** What `docker info` says of where images are and what they run on; podman says nothing of it. */
export interface StoreInfo {
    readonly OSType?: string;
    /** As the kernel names it. */
    readonly Architecture?: string;
    readonly DriverStatus?: readonly (readonly string[])[] | null;
    readonly Containerd?: { readonly Address?: string } | null;
}

/** How an engine's status names containerd's image store, the default of new installations from Docker 29 on. */
export const containerdStore = "io.containerd.snapshotter.v1";

/**
 * Where containerd has the images of an engine that leaves them to it. One that the engine has started itself has them in
 * the engine's folder.
 *
 * @see https://docs.docker.com/engine/storage/containerd/
 */
export function containerdFolder({ DriverStatus, Containerd }: StoreInfo): string | undefined {
    const isStore = DriverStatus?.some((pair) => pair.includes(containerdStore));
    const isOwn = Containerd?.Address?.includes("/docker/");
    return isStore && !isOwn ? "/var/lib/containerd" : undefined;
}

/** Names of processors by the kernel, as images have them. */
const architectures: Readonly<Record<string, string>> = {
    x86_64: "amd64",
    aarch64: "arm64",
    armv7l: "arm",
    i686: "386",
};

/** What an engine runs by itself, e.g. `linux/arm64`; undefined if it does not say. */
export function platformOf({ OSType, Architecture }: StoreInfo): string | undefined {
    return Architecture
        ? `${OSType ?? "linux"}/${architectures[Architecture] ?? Architecture}`
        : undefined;
}
