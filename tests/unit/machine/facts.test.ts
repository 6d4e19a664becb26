import { Engine, gatherFacts, parseEngine } from "../../../src/machine/facts";
import { Answers, fakeRunner } from "../../support/fakeRunner";

const gib = 2 ** 30;

/** What `docker info --format "{{json .}}"` prints where the engine runs. */
function dockerInfo(changes: object = {}): string {
    return JSON.stringify({
        ID: "5a1f",
        Driver: "overlay2",
        MemTotal: 16 * gib,
        CgroupDriver: "systemd",
        CgroupVersion: "2",
        SecurityOptions: ["name=apparmor", "name=seccomp,profile=builtin", "name=cgroupns"],
        DockerRootDir: "/var/lib/docker",
        ServerVersion: "28.1.1",
        ClientInfo: { Context: "default" },
        ...changes,
    });
}

/** The same where the client alone answers: the server's complaint is in the JSON. */
function clientOnly(...errors: string[]): string {
    return JSON.stringify({ ServerErrors: errors, ClientInfo: { Context: "default" } });
}

const running: Engine = {
    state: "running",
    memoryBytes: 16 * gib,
    cgroupVersion: "2",
    rootless: false,
    rootFolder: "/var/lib/docker",
};
const noSocket =
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
const noSocketNow =
    "failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct and if the daemon is running: dial unix /var/run/docker.sock: connect: no such file or directory";
const denied =
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock";
const configWarning =
    "WARNING: Error loading config file: open /home/u/.docker/config.json: permission denied\n";

describe("parseEngine", () => {
    const parse = (code: number, stdout: string, stderr = "") =>
        parseEngine({ code, stdout, stderr });

    test("an engine that answers runs", () => {
        expect(parse(0, dockerInfo())).toEqual(running);
    });

    test("a rootless engine says so among its security options", () => {
        const SecurityOptions = ["name=seccomp,profile=builtin", "name=rootless", "name=cgroupns"];
        expect(parse(0, dockerInfo({ SecurityOptions }))).toEqual({ ...running, rootless: true });
    });

    test("cgroup v1 is told from v2 and from none", () => {
        const versionOf = (CgroupVersion?: string) =>
            (parse(0, dockerInfo({ CgroupVersion })) as typeof running & object).cgroupVersion;
        expect([versionOf("1"), versionOf("2"), versionOf("3"), versionOf()]).toEqual([
            "1",
            "2",
            undefined,
            undefined,
        ]);
    });

    test("podman answers in its own words", () => {
        const info = JSON.stringify({
            host: {
                cgroupVersion: "v2",
                memTotal: 8 * gib,
                security: { rootless: true, selinuxEnabled: false },
            },
            store: { graphRoot: "/home/u/.local/share/containers/storage" },
            version: { Version: "5.4.0" },
        });
        expect(parse(0, info)).toEqual({
            state: "running",
            memoryBytes: 8 * gib,
            cgroupVersion: "2",
            rootless: true,
            rootFolder: "/home/u/.local/share/containers/storage",
        });
    });

    test("an engine that says nothing of itself runs, and nothing is known of it", () => {
        expect(parse(0, "nerdctl's own words")).toEqual({
            state: "running",
            memoryBytes: undefined,
            cgroupVersion: undefined,
            rootless: false,
            rootFolder: undefined,
        });
    });

    test.each<[string, number, string, string, Engine]>([
        ["no program", 127, "", "spawn docker ENOENT", { state: "missing" }],
        ["no daemon", 1, clientOnly(noSocket), "errors pretty printing info", { state: "stopped" }],
        ["no daemon, by an older client", 0, clientOnly(noSocket), "", { state: "stopped" }],
        ["no daemon, on standard error", 1, "", `${noSocket}\n`, { state: "stopped" }],
        ["no daemon, by a newer client", 1, clientOnly(noSocketNow), "", { state: "stopped" }],
        ["no daemon, so on standard error", 1, "", `${noSocketNow}\n`, { state: "stopped" }],
        ["no Docker Desktop", 1, "", "dial tcp: connection refused", { state: "stopped" }],
        ["no right to the socket", 1, clientOnly(denied), "", { state: "denied" }],
        ["no right to it, on standard error", 1, "", `Got ${denied}`, { state: "denied" }],
        [
            "something else",
            1,
            clientOnly("request returned 500 Internal Server Error"),
            "",
            { state: "failing", detail: "request returned 500 Internal Server Error" },
        ],
        ["something without a word", 2, "", "", { state: "failing", detail: "" }],
    ])("%s", (_, code, stdout, stderr, expected) => {
        expect(parse(code, stdout, stderr)).toEqual(expected);
    });

    test("an engine that runs is not denied because the client may not read its own config", () => {
        expect(parse(0, dockerInfo(), configWarning)).toEqual(running);
    });

    test("an engine that is stopped is not denied because of that warning either", () => {
        expect(parse(1, clientOnly(noSocket), configWarning)).toEqual({ state: "stopped" });
    });
});

describe("gatherFacts", () => {
    const networks: Answers = {
        "docker network ls --format {{.Name}}": { stdout: "bridge\nhost\nkind\nnone\n" },
        "docker network inspect": {
            stdout: "bridge 172.17.0.0/16\nhost\nkind fc00:f853:ccd:e793::/64 10.1.0.0/16\nnone\n",
        },
    };

    /** The facts of a machine whose engine answers so. */
    function gather(answers: Answers, env: NodeJS.ProcessEnv = {}) {
        return gatherFacts(fakeRunner(answers, networks).run, env);
    }

    test("the engine's networks are known by their IPv4 ranges", async () => {
        const facts = await gather({ "docker info": { stdout: dockerInfo() } });
        expect(facts.networks).toEqual([
            { owner: "docker network bridge", cidr: "172.17.0.0/16" },
            { owner: "docker network kind", cidr: "10.1.0.0/16" },
        ]);
    });

    test("the engine is asked in JSON, and for all its networks at once", async () => {
        const fake = fakeRunner({ "docker info": { stdout: dockerInfo() } }, networks);
        await gatherFacts(fake.run, {});
        expect(fake.calls.map(({ argv }) => argv)).toEqual([
            ["docker", "info", "--format", "{{json .}}"],
            ["docker", "network", "ls", "--format", "{{.Name}}"],
            [
                "docker",
                "network",
                "inspect",
                "--format",
                "{{.Name}}{{range .IPAM.Config}} {{.Subnet}}{{end}}",
                "bridge",
                "host",
                "kind",
                "none",
            ],
        ]);
    });

    test("of a missing engine there are no networks and no disk, and no error", async () => {
        const missing = { code: 127, stderr: "spawn docker ENOENT" };
        const facts = await gather({ docker: missing });
        expect(facts).toMatchObject({ program: "docker", engine: { state: "missing" } });
        expect(facts.networks).toEqual([]);
        expect(facts.freeDiskBytes).toBeUndefined();
    });

    test("the engine is the one that kind takes", async () => {
        const facts = await gather(
            { "podman info": { stdout: "{}" }, "podman network ls": {} },
            { KIND_EXPERIMENTAL_PROVIDER: "podman" },
        );
        expect(facts.program).toBe("podman");
        expect(facts.networks).toEqual([]);
    });

    test("the disk is the one that has the engine's folder", async () => {
        const at = async (DockerRootDir: string) =>
            (await gather({ "docker info": { stdout: dockerInfo({ DockerRootDir }) } }))
                .freeDiskBytes;
        expect(await at(__dirname)).toBeGreaterThan(0);
        expect(await at("/no/such/folder")).toBeUndefined();
    });

    test("what the kernel says is a number or not known", async () => {
        const facts = await gather({ "docker info": { stdout: dockerInfo() } });
        const { availableMemoryBytes, inotifyInstances, inotifyWatches } = facts;
        for (const fact of [availableMemoryBytes, inotifyInstances, inotifyWatches]) {
            expect(fact === undefined || fact > 0).toBe(true);
        }
        expect(facts.os).toBe(process.platform);
    });
});
