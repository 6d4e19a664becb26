import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import {
    parseProcessor,
    processorScripts,
    processorUse,
    shortLived,
    sumOfUses,
} from "../../../bench/nodeProcessor";

/** A line of `/proc/<pid>/stat`; times in ticks of 10 ms. */
const stat = (pid: number, name: string, user: number, kernel: number, started = 100) =>
    `${pid} (${name}) S 1 1 1 0 -1 4194304 101 0 0 0 ${user} ${kernel} 7 8 20 0 1 0 ${started} 3133440 410`;

const names: Record<number, readonly string[]> = {
    1: ["/sbin/init"],
    20: ["kube-apiserver", "--advertise-address=172.18.0.4", "--etcd-servers=https://127.0.0.1"],
    21: ["etcd", "--data-dir=/var/lib/etcd"],
    22: ["/usr/bin/etcd", "--data-dir=/var/run/etcd"],
    30: ["/usr/bin/clustermesh-apiserver", "kvstoremesh"],
};

const output = (
    uptime: number,
    cgroup: string,
    machine: string,
    stats: readonly string[],
    pids: readonly number[] = [1, 20, 21, 22, 30],
) =>
    [
        ...pids.flatMap((pid) => names[pid]!.map((arg) => `/proc/${pid}/cmdline:${arg}`)),
        `uptime ${uptime}`,
        `machine cpu  ${machine}`,
        cgroup,
        ...stats,
        "",
    ].join("\n");

const firstVersion = (seconds: number, kernel: number) =>
    `usage_nsec ${seconds * 1e9}\nuser ${(seconds - kernel) * 100}\nsystem ${kernel * 100}`;
const secondVersion = (seconds: number, kernel: number) =>
    `usage_usec ${seconds * 1e6}\nuser_usec ${(seconds - kernel) * 1e6}\nsystem_usec ${kernel * 1e6}`;

const startStats = [
    stat(1, "systemd", 10, 10),
    stat(20, "kube-apiserver", 1000, 500),
    stat(21, "etcd", 300, 100),
    stat(22, "etcd", 0, 0),
];
const endStats = [
    stat(1, "systemd", 20, 10),
    stat(20, "kube-apiserver", 1600, 900),
    stat(21, "etcd", 400, 300),
    stat(22, "etcd", 0, 100),
];

test.each([
    ["1", firstVersion],
    ["2", secondVersion],
])(
    "cgroup v%s: each consumer's part in percent of one processor, the kernel's apart",
    (_, node) => {
        const start = output(1000, node(50, 20), "100 0 100 900 0 0 0 9 0 0", startStats);
        const end = output(1100, node(66, 28), "2100 0 1000 9000 0 50 50 99 0 0", endStats);
        const use = processorUse(parseProcessor(start), parseProcessor(end));
        expect(use.all.total).toBeCloseTo(16);
        expect(use.all.parts).toEqual({
            other: expect.closeTo(0.1) as number,
            "kube-apiserver": expect.closeTo(10) as number,
            etcd: expect.closeTo(3) as number,
            "etcd of the mesh": expect.closeTo(1) as number,
            [shortLived]: expect.closeTo(1.9) as number,
        });
        expect(use.kernel.total).toBeCloseTo(8);
        expect(use.kernel.parts).toMatchObject({
            other: expect.closeTo(0) as number,
            "kube-apiserver": expect.closeTo(4) as number,
            [shortLived]: expect.closeTo(1) as number,
        });
        expect(use.machine.all).toBeCloseTo(30);
        expect(use.machine.kernel).toBeCloseTo(10);
    },
);

test("a process that began meanwhile counts as its consumer, one that ended or is unknown as short-lived", () => {
    const start = output(0, secondVersion(0, 0), "0 0 0 0", [stat(20, "kube-apiserver", 0, 0)]);
    const end = output(10, secondVersion(2, 0), "0 0 0 0", [
        // The same id given out again, and a shell that is just there.
        stat(20, "kube-apiserver", 50, 0, 900),
        stat(30, "clustermesh-api", 30, 0, 901),
        stat(77, "sh", 20, 0, 902),
    ]);
    const { all } = processorUse(parseProcessor(start), parseProcessor(end));
    expect(all.parts).toEqual({
        "kube-apiserver": expect.closeTo(5) as number,
        kvstoremesh: expect.closeTo(3) as number,
        [shortLived]: expect.closeTo(12) as number,
    });
});

test("parts that come to a little more than the total leave nothing for short-lived processes", () => {
    const start = output(0, secondVersion(0, 0), "0 0 0 0", [stat(20, "kube-apiserver", 0, 0)]);
    const end = output(10, secondVersion(0.9, 0), "0 0 0 0", [stat(20, "kube-apiserver", 100, 0)]);
    const { all } = processorUse(parseProcessor(start), parseProcessor(end));
    expect(all.parts[shortLived]).toBe(0);
});

test("a name with spaces and brackets does not shift the numbers", () => {
    const cgroup = secondVersion(1, 1);
    const lines = [stat(20, "a) S (b", 700, 300)];
    const { processes } = parseProcessor(output(5, cgroup, "0 0 0 0", lines));
    expect([...processes.values()]).toEqual([{ all: 10, kernel: 3, consumer: "kube-apiserver" }]);
});

test("a node that does not tell its processor time is an error", () => {
    const complete = output(5, firstVersion(1, 1), "0 0 0 0", startStats);
    expect(() => parseProcessor(complete)).not.toThrow();
    for (const line of [/^uptime.*$/m, /^machine.*$/m, /^usage.*$/m, /^system .*$/m]) {
        expect(() => parseProcessor(complete.replace(line, ""))).toThrow(
            "does not say how much processor time",
        );
    }
    expect(() => parseProcessor("")).toThrow("does not say how much processor time");
});

test("nodes add up, the machine they are on counts once", () => {
    const use = {
        all: { total: 3, parts: { etcd: 1, kubelet: 2 } },
        kernel: { total: 1, parts: { etcd: 1 } },
        machine: { all: 50, kernel: 20 },
    };
    expect(sumOfUses([use, use])).toEqual({
        all: { total: 6, parts: { etcd: 2, kubelet: 4 } },
        kernel: { total: 2, parts: { etcd: 2 } },
        machine: { all: 50, kernel: 20 },
    });
});

const cannotRun = !existsSync("/proc/self/stat");

(cannotRun ? test.skip : test)("the scripts say of a Linux what is read out of them", () => {
    for (const script of Object.values(processorScripts)) {
        const { stdout } = spawnSync("sh", { input: script, encoding: "utf8" });
        // This machine's cgroup may have no accounts of its own.
        const { at, machine, processes } = parseProcessor(
            `${stdout}${/^(usage_|system)/m.test(stdout) ? "" : secondVersion(1, 1)}\n`,
        );
        expect(at).toBeGreaterThan(0);
        expect(machine.all).toBeGreaterThan(machine.kernel);
        expect(processes.size).toBeGreaterThan(1);
    }
});
