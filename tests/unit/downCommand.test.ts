import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProjectCopy, copyProject } from "../support/projectCopy";

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
            cp*) ;;
            *) echo "{}" ;;
        esac`,
    );
    project.program(
        "kind",
        'case $1 in version) echo "kind v0.31.0 go1.25 linux/amd64" ;; *) echo "kind $*" >>done ;; esac',
    );
    const stackFolder = join(project.folder, ".lab", "stacks", "test");
    mkdirSync(stackFolder, { recursive: true });
    writeFileSync(join(stackFolder, "cluster1.json"), record);
});
afterEach(() => rmSync(project.folder, { recursive: true, force: true }));

/** Runs `down` with a Pulumi whose destroy does this. */
function down(destroy: string, env: NodeJS.ProcessEnv = {}) {
    project.program(
        "pulumi",
        `[ "$1" = -C ] && shift 2
        case "$*" in
            version) echo v3.265.0 ;;
            "stack ls"*) echo '[{"name":"test"}]' ;;
            destroy*) touch "$TMPDIR/kubeconfig1"; echo "$TMPDIR" >temporary; ${destroy} ;;
            *) echo "pulumi $*" >>done ;;
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

test("what Pulumi cannot delete goes without it, clusters first", () => {
    const { code, output, done } = down("exit 255");
    expect(output).toContain(
        "Pulumi cannot delete the lab; its clusters are deleted without Pulumi.",
    );
    expect(output).toContain("is down: no cluster, no state, no kubeconfig");
    expect(done).toMatch(
        /^kind delete cluster --name mesh-test-cluster1 .*\npulumi stack rm --yes --preserve-config --force test\n/,
    );
    expect(code).toBe(0);
});

test("what Pulumi's providers wrote to disk in passing is gone with the command", () => {
    expect(down("exit 0").code).toBe(0);
    const temporary = readFileSync(join(project.folder, "temporary"), "utf8").trim();
    expect(temporary).toContain("cilium-global-services-");
    expect(existsSync(temporary)).toBe(false);
});

test("a Pulumi that somebody stops goes on at the next down, and nothing is forced", () => {
    const { code, output, done } = down("kill -s INT $PPID; sleep 0.3; exit 255");
    expect(output).toContain(
        "The lab is not down. Run the same command again: it goes on from here.",
    );
    expect(done).toBe("");
    expect(code).toBe(1);
});

test("a backend of the user's own is not forced to forget", () => {
    const { code, output, done } = down("exit 255", { PULUMI_BACKEND_URL: "file:///elsewhere" });
    expect(output).toContain("The lab is not down.");
    expect(done).toBe("");
    expect(code).toBe(1);
});
