import { formatProblems } from "../../../src/config/problem";
import {
    advisedInotify,
    checkEngine,
    checkMachine,
    diskPerCluster,
    memoryPerCluster,
} from "../../../src/machine/checks";
import { Engine } from "../../../src/machine/engine";
import { Facts } from "../../../src/machine/facts";
import { configWith } from "../../support/defaultConfig";

const gib = 2 ** 30;
const config = configWith();
const engine = {
    state: "running",
    memoryBytes: 64 * gib,
    cgroupVersion: "2",
    rootless: false,
    rootFolder: "/var/lib/docker",
} satisfies Engine;

/** A machine with nothing in the way, changed. */
function machine(changes: Partial<Facts> = {}): Facts {
    return {
        program: "docker",
        os: "linux",
        engine,
        availableMemoryBytes: 32 * gib,
        freeDiskBytes: 100 * gib,
        inotifyInstances: 512,
        inotifyWatches: 524288,
        networks: [
            { owner: "docker network bridge", cidr: "172.17.0.0/16" },
            { owner: "docker network kind", cidr: "172.18.0.0/16" },
        ],
        ...changes,
    };
}

const nothing = { problems: [], warnings: [] };

test.each([0, 1, 2])("a machine with nothing in its way passes for %i new clusters", (creating) => {
    expect(checkMachine(machine(), config, creating)).toEqual(nothing);
});

describe("an engine that cannot be used", () => {
    test.each<[string, Partial<Facts>, string, string]>([
        [
            "missing",
            { engine: { state: "missing" } },
            "docker is not installed or not on PATH; the clusters' nodes are its containers.",
            "install Docker: https://docs.docker.com/get-started/get-docker/",
        ],
        [
            "another than Docker that is missing",
            { engine: { state: "missing" }, program: "finch\u001b[31m" },
            "finch is not installed or not on PATH; the clusters' nodes are its containers.",
            "unset KIND_EXPERIMENTAL_PROVIDER, and the lab takes Docker; or install it",
        ],
        [
            "stopped",
            { engine: { state: "stopped" } },
            "docker is installed but its engine is not running; the clusters' nodes are its containers.",
            "sudo systemctl start docker, or start Docker Desktop",
        ],
        [
            "denied",
            { engine: { state: "denied" } },
            "you may not use docker's engine: permission denied on its socket.",
            "sudo usermod -aG docker $USER, then log in again",
        ],
        [
            "failing",
            { program: "podman", engine: { state: "failing", detail: "no space" } },
            "podman info fails: no space",
            'make "podman info" work',
        ],
        [
            "failing for a reason that is known",
            { engine: { state: "failing", detail: "too old", fix: "unset DOCKER_API_VERSION" } },
            "docker info fails: too old",
            "unset DOCKER_API_VERSION",
        ],
        [
            "failing without a word",
            { engine: { state: "failing", detail: "" } },
            "docker info fails: it says nothing",
            'make "docker info" work',
        ],
        [
            "stopped where DOCKER_HOST says",
            { engine: { state: "stopped", endpoint: { address: "unix:///a", by: "DOCKER_HOST" } } },
            "docker's engine does not answer at unix:///a, where DOCKER_HOST says that it is; the clusters' nodes are its containers.",
            "start it, or unset DOCKER_HOST",
        ],
        [
            "stopped where a context says",
            { engine: { state: "stopped", endpoint: { address: "unix:///a", by: "context a" } } },
            "docker's engine does not answer at unix:///a, where context a says that it is; the clusters' nodes are its containers.",
            "start it, or docker context use default",
        ],
        [
            "on Windows",
            { os: "win32" },
            "Windows itself cannot run this lab; WSL 2 with Docker Desktop can.",
            "run it in a WSL 2 distribution",
        ],
    ])("because it is %s is the only problem", (_, changes, message, fix) => {
        const tight = { availableMemoryBytes: 0, freeDiskBytes: 0, inotifyInstances: 1 };
        const facts = machine({ ...tight, ...changes });
        expect(checkEngine(facts)).toEqual({ message, fix });
        expect(checkMachine(facts, config, 2)).toEqual({
            problems: [{ message, fix }],
            warnings: [],
        });
    });

    test("is not one that runs", () => {
        expect(checkEngine(machine())).toBeUndefined();
    });
});

test.each([
    ["DOCKER_HOST", "run this on that machine, or use the engine of this one: unset DOCKER_HOST"],
    [
        "DOCKER_CONTEXT",
        "run this on that machine, or use the engine of this one: unset DOCKER_CONTEXT",
    ],
    [
        "context a",
        "run this on that machine, or use the engine of this one: docker context use default",
    ],
    ["its socket", "start the container with --network host, or run this where the engine is"],
])(
    "an engine elsewhere, by %s, is said before anything is made, and its room is not this machine's",
    (by, fix) => {
        const elsewhere = { address: "ssh://box", by };
        const facts = machine({
            engine: { ...engine, elsewhere },
            availableMemoryBytes: 0,
            freeDiskBytes: 0,
            inotifyInstances: 1,
        });
        expect(checkMachine(facts, config, 2)).toEqual({
            problems: [
                {
                    message: `docker's engine is on another machine (${by}: ssh://box); kind makes API servers that answer on 127.0.0.1 there, and not here.`,
                    fix,
                },
            ],
            warnings: [],
        });
    },
);

test("nodes of another platform than the engine's are a problem before they are made", () => {
    const at = (defaultPlatform: string | undefined, platform?: string) =>
        checkMachine(machine({ defaultPlatform, engine: { ...engine, platform } }), config, 1);
    expect(at("linux/amd64", "linux/arm64")).toEqual({
        problems: [
            {
                message:
                    "DOCKER_DEFAULT_PLATFORM is \"linux/amd64\", and docker's engine is linux/arm64; nodes of another platform are emulated, where Cilium's BPF programs do not run.",
                fix: "unset DOCKER_DEFAULT_PLATFORM",
            },
        ],
        warnings: [],
    });
    expect(at("linux/arm64", "linux/arm64")).toEqual(nothing);
    expect(at("linux/arm64/v8", "linux/arm64")).toEqual(nothing);
    expect(at("linux/amd64")).toEqual(nothing);
    expect(at(undefined, "linux/arm64")).toEqual(nothing);
    const existing = machine({
        defaultPlatform: "linux/amd64",
        engine: { ...engine, platform: "linux/arm64" },
    });
    expect(checkMachine(existing, config, 0)).toEqual(nothing);
});

test("an engine that says that it has no memory at all has not said anything", () => {
    expect(checkMachine(machine({ engine: { ...engine, memoryBytes: 0 } }), config, 2)).toEqual(
        nothing,
    );
});

test("a rootless engine is a problem, also for clusters that are there", () => {
    const facts = machine({ engine: { ...engine, rootless: true } });
    expect(checkMachine(facts, config, 0)).toEqual({
        ...nothing,
        problems: [
            {
                message:
                    "docker runs rootless, where Cilium may not mount the BPF file system (kubernetes-sigs/kind#3545).",
                fix: "use a rootful engine, e.g. docker context use default",
            },
        ],
    });
});

describe("cgroup v1", () => {
    const facts = machine({ engine: { ...engine, cgroupVersion: "1" } });
    const digest = `sha256:${"8497ee19eace7b48".repeat(4)}`;

    test.each([
        "kindest/node:v1.35.0",
        "kindest/node:v1.36.4",
        `kindest/node:v1.35.8@${digest}`,
        "localhost:5000/kindest/node:v1.35.0",
        "registry.example.com:8443/node:1.35",
        "kindest/node:V1.36.4",
        "class/node:1.36.4-custom",
        "class/node:v1.37.0-rc.1",
        `localhost:5000/node:1.35@${digest}`,
    ])("is a problem for %s", (nodeImage) => {
        const { problems } = checkMachine(facts, configWith({ nodeImage }), 0);
        expect(problems).toEqual([
            {
                message: `this machine has cgroup v1, which the kubelet of nodeImage ${nodeImage} refuses (Kubernetes 1.35 and later).`,
                fix: "pulumi config rm nodeImage, so that the lab takes one that boots here, or boot with cgroup v2",
            },
        ]);
    });

    test.each([
        "kindest/node:v1.34.3",
        `kindest/node:v1.34.3@${digest}`,
        "localhost:5000/kindest/node:v1.34.0",
        `kindest/node@${digest}`,
        "kindest/node:lab",
        "node",
        "registry.class/node:2025-11",
        "class/node:1.2025",
        "class/node:1.20251101",
        "class/node:1.36.4.1",
        "class/node:20260101-1.36",
        "class/node:v1.34",
        "class/node:1.34.11-custom1.36",
        "class/node:latest",
    ])("is none for %s", (nodeImage) => {
        expect(checkMachine(facts, configWith({ nodeImage }), 2)).toEqual(nothing);
    });

    test("is told from v2 and from not known", () => {
        const newest = configWith({ nodeImage: "kindest/node:v1.37.0" });
        for (const cgroupVersion of ["2", undefined] as const) {
            const other = machine({ engine: { ...engine, cgroupVersion } });
            expect(checkMachine(other, newest, 2)).toEqual(nothing);
        }
    });
});

describe("memory", () => {
    const fix =
        "close other programs, or give Docker Desktop more memory under Settings > Resources";

    test("is judged by what is available where that is less than the engine has", () => {
        const facts = machine({ availableMemoryBytes: 3.5 * gib });
        expect(checkMachine(facts, config, 2).problems).toEqual([
            {
                message: "3.5 GiB of memory is available; a pair of clusters needs 4.0 GiB.",
                fix,
            },
        ]);
    });

    test("is judged by what the engine has where that is less, as in Docker Desktop", () => {
        const facts = machine({ engine: { ...engine, memoryBytes: 1.9 * gib } });
        expect(checkMachine(facts, config, 1).problems).toEqual([
            { message: "1.9 GiB of memory is available; one cluster needs 2.0 GiB.", fix },
        ]);
    });

    test.each([1, 2])("for %i clusters suffices to the byte", (creating) => {
        const enough = creating * memoryPerCluster;
        const problemsWith = (availableMemoryBytes: number) =>
            checkMachine(machine({ availableMemoryBytes }), config, creating).problems;
        expect(problemsWith(enough)).toEqual([]);
        expect(problemsWith(enough - 1)).toHaveLength(1);
    });

    test("of more than a pair is told by their number, for those that are to be created", () => {
        const facts = machine({ availableMemoryBytes: 5 * gib });
        const three = configWith({ clusters: "3" });
        expect(checkMachine(facts, three, 3).problems).toEqual([
            { message: "5.0 GiB of memory is available; 3 clusters need 6.0 GiB.", fix },
        ]);
        expect(checkMachine(facts, three, 1).problems).toEqual([]);
    });

    test("that nobody knows is not judged", () => {
        const facts = machine({
            availableMemoryBytes: undefined,
            engine: { ...engine, memoryBytes: undefined },
        });
        expect(checkMachine(facts, config, 2)).toEqual(nothing);
    });
});

describe("disk", () => {
    test("that is short is a problem in the engine's own words", () => {
        const facts = machine({ freeDiskBytes: 1.25 * gib });
        expect(checkMachine(facts, config, 2).problems).toEqual([
            {
                message:
                    "1.3 GiB of disk is free where docker keeps images; a pair of clusters needs 7.0 GiB.",
                fix: "docker system df shows what takes the space, docker image prune frees some",
            },
        ]);
    });

    test.each([1, 2])("for %i clusters suffices to the byte", (creating) => {
        const enough = creating * diskPerCluster;
        const problemsWith = (freeDiskBytes: number | undefined) =>
            checkMachine(machine({ freeDiskBytes }), config, creating).problems;
        expect(problemsWith(enough)).toEqual([]);
        expect(problemsWith(undefined)).toEqual([]);
        expect(problemsWith(enough - 1)).toHaveLength(1);
    });
});

describe("networks", () => {
    test("that overlap the lab's ranges are a problem each, with the key that moves the range", () => {
        const networks = [
            { owner: "docker network office", cidr: "10.0.0.0/14" },
            { owner: "docker network small", cidr: "10.102.3.0/24" },
        ];
        expect(checkMachine(machine({ networks }), config, 2).problems).toEqual([
            {
                message:
                    "podCidr 10.1.0.0/16 overlaps docker network office 10.0.0.0/14; every range must be its own.",
                fix: "pulumi config set podCidr <a free network such as 10.50.0.0/16>",
            },
            {
                message:
                    "cluster2PodCidr 10.2.0.0/16 overlaps docker network office 10.0.0.0/14; every range must be its own.",
                fix: "pulumi config set cluster2PodCidr <a free network such as 10.50.0.0/16>",
            },
            {
                message:
                    "cluster2ServiceCidr 10.102.0.0/16 overlaps docker network small 10.102.3.0/24; every range must be its own.",
                fix: "pulumi config set cluster2ServiceCidr <a free network such as 10.50.0.0/16>",
            },
        ]);
    });

    test("that came after the clusters are a problem for clusters that are there, too", () => {
        const networks = [{ owner: "docker network office", cidr: "10.1.0.0/16" }];
        expect(checkMachine(machine({ networks }), config, 0)).toEqual({
            ...nothing,
            problems: [
                {
                    message:
                        "podCidr 10.1.0.0/16 overlaps docker network office 10.1.0.0/16; every range must be its own.",
                    fix: "pulumi config set podCidr <a free network such as 10.50.0.0/16>",
                },
            ],
        });
    });

    test("that overlap each other are not this lab's business", () => {
        const networks = [
            { owner: "docker network a", cidr: "192.168.0.0/16" },
            { owner: "docker network b", cidr: "192.168.1.0/24" },
        ];
        expect(checkMachine(machine({ networks }), config, 2)).toEqual(nothing);
    });
});

describe("inotify", () => {
    const { instances, watches } = advisedInotify;

    test("limits below kind's advice are a warning with the command that lifts them", () => {
        const facts = machine({ inotifyInstances: 128, inotifyWatches: 65536 });
        expect(checkMachine(facts, config, 1)).toEqual({
            problems: [],
            warnings: [
                {
                    message:
                        'the kernel allows 128 inotify instances and 65536 watches; two clusters and a desktop may need more ("too many open files").',
                    fix: "sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288",
                },
            ],
        });
    });

    test("the warning counts the clusters of the mesh", () => {
        const facts = machine({ inotifyInstances: 128, inotifyWatches: 65536 });
        const [warning] = checkMachine(facts, configWith({ clusters: "3" }), 1).warnings;
        expect(warning!.message).toContain("; 3 clusters and a desktop may need more");
    });

    test.each([
        [128, undefined, "128 inotify instances and ? watches"],
        [undefined, 65536, "? inotify instances and 65536 watches"],
    ])("of limits %p and %p the unknown one is a question mark", (one, other, text) => {
        const facts = machine({ inotifyInstances: one, inotifyWatches: other });
        const [warning] = checkMachine(facts, config, 1).warnings;
        expect(warning!.message).toContain(`the kernel allows ${text};`);
    });

    test.each([
        [instances, watches, 0],
        [instances - 1, watches, 1],
        [instances, watches - 1, 1],
        [undefined, undefined, 0],
    ])("limits of %p and %p are %i warnings", (inotifyInstances, inotifyWatches, count) => {
        const facts = machine({ inotifyInstances, inotifyWatches });
        expect(checkMachine(facts, config, 2).warnings).toHaveLength(count);
    });
});

test("another engine than docker is a warning", () => {
    expect(checkMachine(machine({ program: "podman" }), config, 0)).toEqual({
        problems: [],
        warnings: [
            {
                message:
                    "KIND_EXPERIMENTAL_PROVIDER is podman; this lab has been tried with docker only.",
                fix: "unset KIND_EXPERIMENTAL_PROVIDER if something fails",
            },
        ],
    });
});

test("a docker that is podman's is warned of", () => {
    const facts = machine({ engine: { ...engine, isPodman: true } });
    const { problems, warnings } = checkMachine(facts, config, 0);
    expect(problems).toEqual([]);
    expect(warnings.map(({ message }) => message)).toEqual([
        "the docker on PATH is podman's; this lab has been tried with Docker's only.",
    ]);
});

test.each(["http://127.0.0.1:3128/", "http://localhost:3128/", "http://[::1]:3128/"])(
    "a proxy at %s, which nodes cannot reach, is a warning before clusters are made",
    (url) => {
        const facts = machine({ nodeProxy: { url, by: "HTTPS_PROXY" } });
        expect(checkMachine(facts, config, 1)).toEqual({
            problems: [],
            warnings: [
                {
                    message: `the proxy ${url.slice(0, -1)} (HTTPS_PROXY) is on this machine's loopback, which in a node is the node itself; a node that has to pull an image by itself does not reach it.`,
                    fix: "export HTTPS_PROXY=http://<address of this machine>:3128, with a proxy that listens there",
                },
            ],
        });
        expect(checkMachine(facts, config, 0)).toEqual(nothing);
    },
);

test("a proxy elsewhere is handed on to nodes by kind, and no warning", () => {
    const nodeProxy = { url: "http://proxy.company.example:3128/", by: "https_proxy" };
    expect(checkMachine(machine({ nodeProxy }), config, 2)).toEqual(nothing);
});

const tight: Partial<Facts> = {
    availableMemoryBytes: gib,
    freeDiskBytes: gib,
    inotifyInstances: 128,
    networks: [{ owner: "docker network office", cidr: "10.1.0.0/16" }],
};

test("with no cluster to create, memory, disk and inotify do not matter", () => {
    expect(checkMachine(machine({ ...tight, networks: [] }), config, 0)).toEqual(nothing);
});

test("everything that is wrong is said at once", () => {
    const facts = machine({
        ...tight,
        engine: { ...engine, rootless: true, cgroupVersion: "1" },
    });
    const { problems, warnings } = checkMachine(
        facts,
        configWith({ nodeImage: "kindest/node:v1.35.0" }),
        2,
    );
    expect(formatProblems(problems).split("\n")[0]).toBe(
        "5 problems; nothing was created or changed:",
    );
    expect(warnings).toHaveLength(1);
});
