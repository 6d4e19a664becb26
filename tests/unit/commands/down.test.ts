import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { ProjectCopy, copyProject } from "../../support/projectCopy";

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
    project.program(
        "kind",
        'case $1 in version) echo "kind v0.33.0 go1.25 linux/amd64" ;; *) echo "kind $*" >>done ;; esac',
    );
    const stackFolder = join(project.folder, ".lab", "stacks", "test");
    mkdirSync(stackFolder, { recursive: true });
    writeFileSync(join(stackFolder, "cluster1.json"), record);
});
afterEach(() => rmSync(project.folder, { recursive: true, force: true }));

/** Runs `down` with a Pulumi whose destroy does this, and whose other commands do that. */
function down(destroy: string, env: NodeJS.ProcessEnv = {}, other = ":") {
    project.program(
        "pulumi",
        `[ "$1" = -C ] && shift 2
        case "$*" in
            version) echo v3.265.0 ;;
            "stack ls"*) echo '[{"name":"test"}]' ;;
            destroy*) echo destroy >>done; touch "$TMPDIR/kubeconfig1"; echo "$TMPDIR" >temporary; ${destroy} ;;
            *) echo "pulumi $*" >>done; ${other} ;;
        esac`,
    );
    const [program, args, options] = project.start("down", ["--stack", "test"]);
    const { status, stdout, stderr } = spawnSync(program, args, {
        ...options,
        env: { ...options.env, ...env },
        encoding: "utf8",
    });
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
    const { code, output, done } = down("exit 255");
    expect(output).toContain(
        "Pulumi cannot delete the lab; what it made is deleted without Pulumi.",
    );
    expect(output).toContain("is down: no cluster, no state, no kubeconfig");
    expect(done).toMatch(/\npulumi stack rm --yes --preserve-config --force test\n$/);
    expect(code).toBe(0);
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
    expect(output).toContain("works on stack test already; nothing was changed");
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
        "The lab is not down. Run the same command again: it goes on from here.",
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

test("a backend of the user's own is not forced to forget", () => {
    const { code, output, done } = down("exit 255", { PULUMI_BACKEND_URL: "file:///elsewhere" });
    expect(output).toContain("The lab is not down.");
    expect(done).toBe("destroy\n");
    expect(code).toBe(1);
});
