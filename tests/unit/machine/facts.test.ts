import { checkEngine } from "../../../src/machine/checks";
import { Endpoint, Engine, Here, parseEngine } from "../../../src/machine/engine";
import { gatherFacts } from "../../../src/machine/facts";
import { Answers, fakeRunner } from "../../support/fakeRunner";
import { expectClearText } from "../../support/fuzzed";

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

    test.each<[string, object, string | undefined]>([
        ["Docker's own store", { DriverStatus: [["Backing Filesystem", "extfs"]] }, undefined],
        [
            "containerd's store",
            { DriverStatus: [["driver-type", "io.containerd.snapshotter.v1"]] },
            "/var/lib/containerd",
        ],
        [
            "the store of a containerd that Docker has started",
            {
                DriverStatus: [["driver-type", "io.containerd.snapshotter.v1"]],
                Containerd: { Address: "/var/run/docker/containerd/containerd.sock" },
            },
            undefined,
        ],
    ])("images in %s are in a folder of their own, or in Docker's", (_, info, imageFolder) => {
        expect(parse(0, dockerInfo(info))).toEqual({ ...running, imageFolder });
    });

    test.each([
        ["x86_64", "linux/amd64"],
        ["aarch64", "linux/arm64"],
        ["riscv64", "linux/riscv64"],
    ])("an engine on %s runs %s by itself", (Architecture, platform) => {
        expect(parse(0, dockerInfo({ Architecture }))).toEqual({ ...running, platform });
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
            isPodman: true,
            rootFolder: "/home/u/.local/share/containers/storage",
        });
    });

    test("an engine that says nothing of itself runs, and nothing is known of it", () => {
        expect(parse(0, "{}")).toEqual({
            state: "running",
            memoryBytes: undefined,
            cgroupVersion: undefined,
            rootless: false,
            rootFolder: undefined,
        });
    });

    test.each([
        "",
        "[]",
        "5",
        "null",
        '"running"',
        '{"ID":"A","Serv',
        "<html>502 Bad Gateway</html>",
        "\u001b]0;title\u0007running",
    ])("what is no engine's word on itself is no engine that runs: %j", (stdout) => {
        const engine = parse(0, stdout);
        expect(engine.state).toBe("failing");
        expectClearText(checkEngine({ os: "linux", program: "docker", engine })!.message);
    });

    test("what an engine that says nothing of itself complains of is heard, whatever its exit code", () => {
        expect(parse(0, "", noSocket)).toEqual({ state: "stopped" });
        expect(parse(0, "", denied)).toEqual({ state: "denied" });
    });

    test.each<[string, object]>([
        ["a list", { ServerErrors: ["it is broken"] }],
        ["a text", { ServerErrors: "it is broken" }],
        ["objects", { ServerErrors: [{ message: "it is broken" }] }],
    ])("the server's errors are heard as %s", (_, errors) => {
        expect(parse(0, JSON.stringify(errors))).toEqual({
            state: "failing",
            detail: expect.stringContaining("it is broken") as string,
        });
    });

    test("values of other types than they should be count as not said", () => {
        const odd = {
            ...{ ID: 5, Name: [], MemTotal: "many", CgroupVersion: 2, DockerRootDir: {} },
            ...{ SecurityOptions: "name=rootless", DriverStatus: "extfs", ClientInfo: "default" },
            ...{ Containerd: [], OSType: 1, Architecture: null, host: 3, store: null },
        };
        expect(parse(0, JSON.stringify(odd))).toEqual(parse(0, "{}"));
        expect(parse(0, JSON.stringify({ MemTotal: -1 }))).toEqual(parse(0, "{}"));
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

    const old =
        "Error response from daemon: client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version";
    const here = { env: {}, host: "laptop", isContainer: false };

    test.each([400, 403, 404, 500])(
        "a server that refuses with %i does not run, though the client's exit code is 0",
        (status) => {
            const refusal = `Error response from daemon: request returned ${status}`;
            expect(parse(0, clientOnly(refusal))).toEqual({
                state: "failing",
                detail: `request returned ${status}`,
            });
        },
    );

    test.each([
        [{ DOCKER_API_VERSION: "1.41" }, "unset DOCKER_API_VERSION"],
        [{}, "install a Docker command line of the engine's version"],
    ])("an API version that is too old is named, with %j the way out is: %s", (env, fix) => {
        const result = { code: 0, stdout: clientOnly(old), stderr: "" };
        expect(parseEngine(result, { ...here, env })).toEqual({
            state: "failing",
            detail: old.replace("Error response from daemon: ", ""),
            fix,
        });
    });

    test("the stub of Docker Desktop in a WSL distribution is told by what it says, wherever", () => {
        const stub =
            "The command 'docker' could not be found in this WSL 2 distro.\nWe recommend to activate the WSL integration in Docker Desktop settings.\n";
        const expected = {
            state: "failing",
            detail: "Docker Desktop does not serve this WSL 2 distribution",
            fix: "Docker Desktop > Settings > Resources > WSL integration: switch this distribution on",
        };
        expect([parse(1, stub), parse(1, "", stub)]).toEqual([expected, expected]);
    });

    test.each([
        ["Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg."],
        ['{"level":"warning","msg":"a wrapper has a word to say"}'],
    ])("what is said before the engine's own line is not its: %s", (word) => {
        expect(parse(0, `${word}\n${dockerInfo()}\n`)).toEqual(running);
    });

    const unstartable = (why: string) => ({
        state: "failing",
        detail: `it cannot be started (${why})`,
        fix: "type -a docker shows which one is first on PATH: make that one work, or take it away",
    });

    test.each([
        [
            "/usr/bin/docker: 3: exec: podman: not found\n",
            "/usr/bin/docker: 3: exec: podman: not found",
        ],
        [
            "/usr/bin/docker: 1: \u007fELF\u0002: not found\n",
            "/usr/bin/docker: 1: \\u007fELF\\u0002: not found",
        ],
    ])("a program that cannot start another one is not one that is missing: %j", (stderr, why) => {
        expect(parse(127, "", stderr)).toEqual(unstartable(why));
    });

    test("one that is on PATH and cannot be started is named", () => {
        const whyUnusable = "/opt/docker is a link that leads nowhere";
        const result = { code: 127, stdout: "", stderr: "spawn docker ENOENT" };
        expect(parseEngine(result, { ...here, whyUnusable })).toEqual(unstartable(whyUnusable));
        expect(parseEngine(result, here)).toEqual({ state: "missing" });
    });

    test("an engine that hangs is told, and how to have it back", () => {
        const stderr = "docker did not answer within 60 s and was stopped\n";
        expect(parse(137, "", stderr)).toEqual({
            state: "failing",
            detail: stderr.trim(),
            fix: "sudo systemctl restart docker, or restart Docker Desktop",
        });
    });

    test("what a foreign server says does not write on the terminal", () => {
        expect(parse(1, "", "\x1b[31mno\x07")).toMatchObject({ detail: "no\\u0007" });
    });

    test("a stale socket is named, with what says that the engine is there", () => {
        const socket = "unix:///home/u/.docker/desktop/docker.sock";
        const stopped = { code: 1, stdout: clientOnly(noSocket), stderr: "" };
        expect(parseEngine(stopped, { ...here, env: { DOCKER_HOST: socket } })).toEqual({
            state: "stopped",
            endpoint: { address: socket, by: "DOCKER_HOST" },
        });
        const ClientInfo = { Context: "desktop-linux" };
        const stdout = JSON.stringify({ ServerErrors: [noSocket], ClientInfo });
        expect(parseEngine({ ...stopped, stdout }, { ...here, contextAddress: socket })).toEqual({
            state: "stopped",
            endpoint: { address: socket, by: "context desktop-linux" },
        });
    });

    test.each<[string, object, Partial<Here>, Endpoint | undefined]>([
        ["here", {}, {}, undefined],
        [
            "here, by another socket",
            {},
            { env: { DOCKER_HOST: "unix:///run/user/1/docker.sock" } },
            undefined,
        ],
        ["here, by TCP", {}, { env: { DOCKER_HOST: "tcp://127.0.0.1:2375" } }, undefined],
        ["here, by TCP and name", {}, { env: { DOCKER_HOST: "tcp://localhost:2375" } }, undefined],
        ["here, in IPv6", {}, { env: { DOCKER_HOST: "tcp://[::1]:2375" } }, undefined],
        ["here, by a port alone", {}, { env: { DOCKER_HOST: "tcp://:2375" } }, undefined],
        [
            "elsewhere, by TCP",
            {},
            { env: { DOCKER_HOST: "tcp://10.0.0.7:2376" } },
            { address: "tcp://10.0.0.7:2376", by: "DOCKER_HOST" },
        ],
        [
            "elsewhere, by ssh",
            {},
            { env: { DOCKER_HOST: "ssh://me:secret@box" } },
            { address: "ssh://me:***@box", by: "DOCKER_HOST" },
        ],
        [
            "elsewhere, by a context",
            { ClientInfo: { Context: "box" } },
            { contextAddress: "ssh://box" },
            { address: "ssh://box", by: "context box" },
        ],
        [
            "elsewhere, by a context that a variable names",
            { ClientInfo: { Context: "box" } },
            { contextAddress: "ssh://box", env: { DOCKER_CONTEXT: "box" } },
            { address: "ssh://box", by: "DOCKER_CONTEXT" },
        ],
        [
            "around this container, by its socket",
            { Name: "laptop" },
            { host: "4711ab", isContainer: true },
            { address: "laptop, the machine around this container", by: "its socket" },
        ],
        [
            "inside this container",
            { Name: "4711ab" },
            { host: "4711ab", isContainer: true },
            undefined,
        ],
        ["in Docker Desktop's own machine", { Name: "docker-desktop" }, {}, undefined],
    ])("an engine is %s", (_, info, more, elsewhere) => {
        const result = { code: 0, stdout: dockerInfo(info), stderr: "" };
        expect(parseEngine(result, { ...here, ...more })).toEqual({ ...running, elsewhere });
    });

    test.each([
        'error during connect: Get "http://docker.example.com/v1.52/info": command [ssh -o ConnectTimeout=30 -T -- box docker system dial-stdio] has exited with exit status 255, make sure the URL is valid, and Docker 18.09 or later is installed on the remote host: stderr=ssh: Could not resolve hostname box: Name or service not known',
        'error during connect: Get "http://10.0.0.7:2375/v1.52/info": dial tcp 10.0.0.7:2375: i/o timeout',
        'error during connect: Get "http://box:2375/v1.52/info": dial tcp: lookup box on 127.0.0.53:53: no such host',
        "Cannot connect to the Docker daemon at tcp://10.0.0.7:2375. Is the docker daemon running?",
    ])(
        "an engine elsewhere that is not reached is named with what says where it is: %s",
        (error) => {
            const stopped = { code: 1, stdout: clientOnly(error), stderr: "" };
            expect(parseEngine(stopped, { ...here, env: { DOCKER_HOST: "ssh://me@box" } })).toEqual(
                {
                    state: "stopped",
                    endpoint: { address: "ssh://me@box", by: "DOCKER_HOST" },
                },
            );
        },
    );

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

    test("of a context of the user's own the address is asked, with the same time limit", async () => {
        const stdout = dockerInfo({ ClientInfo: { Context: "box" } });
        const fake = fakeRunner(
            { "docker info": { stdout }, "docker context inspect box": { stdout: "ssh://box\n" } },
            networks,
        );
        expect((await gatherFacts(fake.run, {})).engine).toMatchObject({
            elsewhere: { address: "ssh://box", by: "context box" },
        });
        expect(fake.calls.map(({ options }) => options.timeoutMs)).toEqual(Array(4).fill(60_000));
    });

    test("the disk is the one that has the engine's folder", async () => {
        const at = async (DockerRootDir: string) =>
            (await gather({ "docker info": { stdout: dockerInfo({ DockerRootDir }) } }))
                .freeDiskBytes;
        expect(await at(__dirname)).toBeGreaterThan(0);
        expect(await at("/no/such/folder")).toBeUndefined();
    });

    test("of images in containerd's store the disk is looked at, too", async () => {
        const store = {
            DriverStatus: [["driver-type", "io.containerd.snapshotter.v1"]],
            Containerd: { Address: "/run/containerd/containerd.sock" },
        };
        const { engine } = await gather({ "docker info": { stdout: dockerInfo(store) } });
        expect(engine).toMatchObject({ imageFolder: "/var/lib/containerd" });
    });

    test("the platform that the environment asks for is a fact", async () => {
        const stdout = dockerInfo({ OSType: "linux", Architecture: "aarch64" });
        const fake = fakeRunner({ "docker info": { stdout } }, networks);
        const env = { DOCKER_DEFAULT_PLATFORM: "linux/amd64" };
        const { defaultPlatform, engine } = await gatherFacts(fake.run, env);
        expect({ defaultPlatform, engine }).toMatchObject({
            defaultPlatform: "linux/amd64",
            engine: { platform: "linux/arm64" },
        });
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
