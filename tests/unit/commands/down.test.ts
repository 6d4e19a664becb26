import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { ProjectCopy, copyProject, fakeKind, fakePulumi } from "../../support/projectCopy";

const record = JSON.stringify({ token: "a", identity: "mine", phase: "creating" });

let project: ProjectCopy;
beforeEach(() => {
    project = copyProject();
    // One node is there, which this stack has begun to make.
    project.program(
        "docker",
        `case "$*" in
            *inspect*cluster1*) echo running ;;
            *inspect*) echo "no such container" >&2; exit 1 ;;
            ps*) cat left 2>/dev/null || echo another-control-plane ;;
            cp*) ;;
            *) echo "{}" ;;
        esac`,
    );
    fakeKind(project, 'echo "kind $*" >>done');
    const stackFolder = join(project.folder, ".lab", "stacks", "test");
    mkdirSync(stackFolder, { recursive: true });
    writeFileSync(join(stackFolder, "cluster1.json"), record);
});

/** Runs `down` with a Pulumi whose destroy does this, and whose other commands do that. */
function down(destroy: string, env: NodeJS.ProcessEnv = {}, other = ":") {
    fakePulumi(
        project,
        `"stack ls"*) cat listed 2>/dev/null || echo '[{"name":"test"}]' ;;
            destroy*) echo destroy >>done; touch "$TMPDIR/kubeconfig1"; echo "$TMPDIR" >temporary; ${destroy} ;;
            *) echo "pulumi $*" >>done; ${other} ;;`,
    );
    const { status, stdout, stderr } = project.run("down", ["--stack", "test"], { env });
    const path = join(project.folder, "done");
    const done = existsSync(path) ? readFileSync(path, "utf8") : "";
    return { code: status, output: stdout + stderr, done };
}

/** A cluster of the stack's name that no record tells of. */
function leaveOne(): void {
    writeFileSync(join(project.folder, "left"), "mesh-test-cluster2-control-plane\n");
}

const deletion = "kind delete cluster --name mesh-test-cluster1 ";

test("the clusters are deleted, and Pulumi only forgets them", () => {
    const { code, output, done } = down("exit 0");
    expect(output).toContain("deleting mesh-test-cluster1\n");
    expect(output).toContain("is down: no cluster, no state, no kubeconfig");
    expect(done.split("\n")).toEqual([
        expect.stringContaining(deletion),
        "pulumi stack rm --yes --preserve-config --force test",
        "",
    ]);
    expect(code).toBe(0);
});

test("a cluster that only the state knows is Pulumi's to delete", () => {
    leaveOne();
    const { code, done } = down("exit 0");
    expect(done.split("\n")).toEqual([
        expect.stringContaining(deletion),
        "destroy",
        "pulumi stack rm --yes --preserve-config test",
        "",
    ]);
    expect(code).toBe(0);
});

test("what Pulumi cannot delete goes without it", () => {
    leaveOne();
    const { code, output, done } = down("rm left; exit 255");
    expect(output).toContain(
        "Pulumi cannot delete the lab; what it created is deleted without Pulumi.",
    );
    expect(output).toContain("is down: no cluster, no state, no kubeconfig");
    expect(done).toMatch(/\npulumi stack rm --yes --preserve-config --force test\n$/);
    expect(code).toBe(0);
});

test("a cluster that only the state knows is not forgotten where Pulumi cannot delete it", () => {
    leaveOne();
    const { code, output, done } = down("exit 255");
    expect(output).toContain("mesh-test-cluster2 still exists, and only the state can tell whom");
    expect(output).toContain("The lab is not down.");
    expect(done).not.toContain("stack rm");
    expect(code).toBe(1);
});

test("nothing is deleted while another Pulumi works on the stack", () => {
    const { folder } = project;
    const locks = join(folder, ".lab/state/.pulumi/locks/organization/cilium-global-services/test");
    mkdirSync(locks, { recursive: true });
    const other = spawn("sh", ["-c", "read line", "pulumi"]);
    const lock = { pid: other.pid, hostname: hostname(), username: "x", timestamp: "2026-08-09" };
    writeFileSync(join(locks, "a.json"), JSON.stringify(lock));
    const { code, output, done } = down("exit 0");
    other.kill();
    expect(output).toContain(`Pulumi (process ${other.pid}, since`);
    expect(output).toContain("is already working on stack test; nothing was changed");
    expect(done).toBe("");
    expect(code).not.toBe(0);
});

test("what Pulumi's providers wrote to disk in passing is gone with the command", () => {
    leaveOne();
    expect(down("exit 0").code).toBe(0);
    const temporary = readFileSync(join(project.folder, "temporary"), "utf8").trim();
    expect(dirname(temporary)).toBe(join(project.folder, ".lab", "tmp"));
    expect(existsSync(temporary)).toBe(false);
});

test("a Pulumi that somebody stops goes on at the next down, and nothing is forced", () => {
    leaveOne();
    const { code, output, done } = down("kill -s INT $PPID; sleep 0.3; exit 255");
    expect(output).toContain(
        "The lab is not down. Run the same command again: it continues from here.",
    );
    expect(done).not.toContain("pulumi");
    expect(code).toBe(1);
});

describe("after a tour that was killed", () => {
    const inStack = (name: string) => join(project.folder, ".lab", "stacks", "test", name);
    const original = { sharedService: "false" };

    beforeEach(() => {
        mkdirSync(join(project.folder, "stacks"));
        writeFileSync(
            join(project.folder, "stacks", "Pulumi.test.yaml"),
            "config:\n  cilium-global-services:rebelBaseReplicas: 0\n  cilium-global-services:cluster2RebelBaseReplicas: 7\n",
        );
    });

    test.each(["tour.json", "board.json"])(
        "the stack's file gets the settings from before it back, which only %s remembers, but what no step sets",
        (name) => {
            writeFileSync(inStack(name), JSON.stringify({ original, done: [] }));
            const { code, output, done } = down("exit 0");
            expect(done.split("\n")).toEqual([
                expect.stringContaining(deletion),
                "pulumi config set sharedService false --stack test",
                "pulumi config rm rebelBaseReplicas --stack test",
                "pulumi stack rm --yes --preserve-config --force test",
                "",
            ]);
            expect(output).toContain("pulumi config rm rebelBaseReplicas (was 0)\n");
            expect(existsSync(inStack(""))).toBe(false);
            expect(code).toBe(0);
        },
    );

    test("what the user set by hand since stays, also where a step of the tour has the same", () => {
        writeFileSync(
            join(project.folder, "stacks", "Pulumi.test.yaml"),
            "config:\n  cilium-global-services:rebelBaseReplicas: 0\n  cilium-global-services:outage: cluster2\n",
        );
        const written = {
            sharedService: [{ value: null, step: "Failover" }],
            rebelBaseReplicas: [{ value: "0", step: "Failover" }],
        };
        writeFileSync(inStack("tour.json"), JSON.stringify({ original, written, done: [] }));
        const { output, done } = down("exit 0");
        expect(done.split("\n").filter((line) => line.includes(" config "))).toEqual([
            "pulumi config set sharedService false --stack test",
            "pulumi config rm rebelBaseReplicas --stack test",
        ]);
        expect(output).not.toContain("outage");
    });

    test.each([
        ["Pulumi cannot set them", JSON.stringify({ original, done: [] }), "exit 1"],
        ["the memory is damaged", "{", ":"],
    ])("its memory stays where %s, and nothing else of the stack", (_, memory, config) => {
        writeFileSync(inStack("tour.json"), memory);
        const { output } = down("exit 0", {}, `case "$*" in config*) ${config} ;; esac`);
        expect(readFileSync(inStack("tour.json"), "utf8")).toBe(memory);
        expect(existsSync(inStack("cluster1.json"))).toBe(false);
        expect(output).toContain(`stay in ${inStack("tour.json")}; npm run tour`);
        expect(output).toContain("is down: no cluster, no state, no kubeconfig");
    });
});

describe("what cannot be seen is said and kept", () => {
    const stackFile = (text: string) => {
        mkdirSync(join(project.folder, "stacks"));
        writeFileSync(join(project.folder, "stacks", "Pulumi.test.yaml"), text);
    };
    const existing = "config:\n  cilium-global-services:clusterProvider: existing\n";
    const noRecords = () => rmSync(join(project.folder, ".lab"), { recursive: true });
    const stackIs = (json: string) => writeFileSync(join(project.folder, "listed"), json);
    const state = (...types: string[]) => {
        const folder = join(project.folder, ".lab/state/.pulumi/stacks/cilium-global-services");
        mkdirSync(folder, { recursive: true });
        const resources = types.map((type) => ({ urn: `urn:pulumi:test::p::${type}::cluster1` }));
        const text = JSON.stringify({ checkpoint: { latest: { resources } } });
        writeFileSync(join(folder, "test.json"), text);
    };

    test("existing clusters whose records are lost are Pulumi's to clear, by the state", () => {
        noRecords();
        stackFile(existing);
        state("cilium-global-services:index:ExistingCluster", "pulumi:providers:kubernetes");
        const { code, output, done } = down("exit 0");
        expect(done).toBe("destroy\npulumi stack rm --yes --preserve-config test\n");
        expect(output).toContain("is down: lab and Cilium are out of your clusters");
        expect(code).toBe(0);
    });

    test("and their state stays where Pulumi cannot", () => {
        noRecords();
        state("cilium-global-services:index:ExistingCluster", "pulumi:providers:kubernetes");
        const { code, output, done } = down("exit 255");
        expect(done).toBe("destroy\n");
        expect(output).toContain("The lab is not down.");
        expect(code).toBe(1);
    });

    test("without records and state nobody says that existing clusters are clear, and no engine is asked", () => {
        noRecords();
        stackFile(existing);
        stackIs("[]");
        project.program("docker", "exit 1");
        const { code, output, done } = down("exit 0");
        expect(done).toBe("");
        expect(output).toContain(
            "Whatever it has in your clusters stays there, and carries a label: kubectl get all -A -l cilium-global-services/stack\n",
        );
        expect(output).toContain("is down but for what is named above");
        expect(code).toBe(0);
    });

    test("a kind cluster of the stack's name that nothing here tells of is named, and stays", () => {
        leaveOne();
        stackIs("[]");
        const { output, done } = down("exit 0");
        expect(done).toMatch(/^kind delete cluster --name mesh-test-cluster1 [^\n]*\n$/);
        expect(output).toContain(
            "a kind cluster mesh-test-cluster2 exists that this stack did not make, and it stays untouched",
        );
        expect(output).toContain("is down but for what is named above");
    });

    const onEngine = (engine: object) => {
        const folder = join(project.folder, ".lab", "stacks", "test");
        const ready = record.replace("creating", "ready");
        writeFileSync(join(folder, "cluster2.json"), ready);
        const origin = { backend: { id: "lab", address: "" }, engine };
        writeFileSync(join(folder, "origin.json"), JSON.stringify(origin));
    };

    test("a finished cluster that is not there is named, where it may be on another engine", () => {
        onEngine({ program: "docker" });
        expect(down("exit 0").output).toContain(
            "\nmesh-test-cluster2 is not on this engine and counts as deleted; if another one has it (docker context ls): kind delete cluster --name mesh-test-cluster2 there.\nStack test is down but for",
        );
    });

    test("on the engine that it was made on it is gone", () => {
        onEngine({ program: "docker", id: "AAAA" });
        expect(down("exit 0").output).toContain("is down: no cluster, no state");
    });

    test("clusters of another engine are not given up", () => {
        onEngine({ program: "podman" });
        const { code, output, done } = down("exit 0");
        expect(output).toContain("the clusters of stack test are on another engine (podman");
        expect(done).toBe("");
        expect(code).toBe(2);
    });

    test("a state in the lab's own folder is not left behind because another backend is named", () => {
        state("cilium-global-services:index:KindCluster");
        stackIs("[]");
        const { code, output, done } = down("exit 0", { PULUMI_BACKEND_URL: "file:///elsewhere" });
        expect(output).toContain(
            "the state of stack test is in the lab's own folder, and PULUMI_BACKEND_URL names file:///elsewhere, where there is no such stack.\n    Fix: unset PULUMI_BACKEND_URL;",
        );
        expect(done).toBe("");
        expect(code).toBe(2);
    });
});

test("a backend of the user's own is not forced to forget", () => {
    const { code, output, done } = down("exit 255", { PULUMI_BACKEND_URL: "file:///elsewhere" });
    expect(output).toContain("The lab is not down.");
    expect(done).toBe("destroy\n");
    expect(code).toBe(1);
});
