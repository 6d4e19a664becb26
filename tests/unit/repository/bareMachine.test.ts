import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { Socket, connect, createServer } from "node:net";
import { homedir, tmpdir } from "node:os";

test("a program of a lab that a test calls fails, says so, and is noted", () => {
    const { status, stderr } = spawnSync("docker", ["ps", "--all"], { encoding: "utf8" });
    expect([status, stderr]).toEqual([99, "a unit test called the real docker\n"]);
    spawnSync("kubectl", ["get", "pods"], { env: { PATH: process.env.PATH } });
    expect(takeRealCalls()).toEqual(["docker ps --all", "kubectl get pods"]);
    expect(takeRealCalls()).toEqual([]);
});

test("the system's programs are there", () => {
    expect(spawnSync("sh", ["-c", "exit 7"]).status).toBe(7);
});

test("home and the folder for temporary files are empty, for programs, too", () => {
    const script = 'echo "$HOME $TMPDIR"';
    const { stdout } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
    expect(stdout).toBe(`${homedir()} ${tmpdir()}\n`);
    expect([process.env.HOME, process.env.TMPDIR]).toEqual([homedir(), tmpdir()]);
    expect([homedir(), tmpdir()].flatMap((folder) => readdirSync(folder))).toEqual([]);
});

test("no variable of the machine, of npm or of CI is there, for programs neither", () => {
    const known = /^(CHROMIUM|FUZZ_RUNS|HOME|JEST_WORKER_ID|NODE_ENV|PATH|TMPDIR|TZ)$/;
    const script = "console.log(JSON.stringify(Object.keys(process.env)))";
    const { stdout } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
    const names = [...Object.keys(process.env), ...(JSON.parse(stdout) as string[])];
    expect(names.filter((name) => !known.test(name) && !name.startsWith("__CF"))).toEqual([]);
});

test("the time zone is not UTC", () => {
    expect(new Date("2026-01-01T00:00:00Z").getHours()).toBe(5);
});

test.each([
    ["a host", () => connect({ host: "192.0.2.1", port: 443 }), "192.0.2.1"],
    ["a name", () => connect(443, "registry.example"), "registry.example"],
    ["a socket of one's own", () => new Socket().connect(443, "192.0.2.7"), "192.0.2.7"],
])("nothing connects to another machine, by %s", async (_, open, host) => {
    const error = await new Promise<Error>((failed) => open().on("error", failed));
    expect(error.message).toBe(`a unit test would have connected to ${host}`);
    expect(takeRealCalls()).toEqual([`connect to ${host}`]);
});

test("this machine's own servers are reached", async () => {
    const server = createServer((socket) => socket.end("here")).listen(0, "127.0.0.1");
    await new Promise((listening) => server.once("listening", listening));
    const { port } = server.address() as { port: number };
    const answers = [
        connect(port, "127.0.0.1"),
        connect({ port, host: "localhost", family: 4 }),
    ].map((socket) => new Promise((answer) => socket.on("data", (data) => answer(String(data)))));
    expect(await Promise.all(answers)).toEqual(["here", "here"]);
    server.close();
});
