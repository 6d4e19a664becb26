import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportLogs } from "../../../../src/commands/ephemeral/logs";
import { writeWhole } from "../../../../src/machine/files";
import { kindLogPath } from "../../../../src/mesh/kind/runKind";
import { Answers, fakeRunner } from "../../../support/fakeRunner";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "lab-logs-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const there: Answers = {
    "docker container inspect": ({ line }) =>
        line.includes("cluster1")
            ? { stdout: "running\n" }
            : { code: 1, stderr: "Error: No such container: x" },
    "docker cp": {},
};

async function exported(...answers: Answers[]) {
    const fake = fakeRunner(...answers, there);
    const said: string[] = [];
    const machine = {
        run: fake.run,
        kind: () => Promise.resolve("kind"),
        download: () => Promise.reject(new Error("not asked for")),
        say: (line: string) => void said.push(line),
    };
    await exportLogs("ci-1", ["cluster1", "cluster2"], folder, machine);
    return { fake, said };
}

test("a cluster's logs, events, objects and Cilium's view are kept; one that was never made has nothing", async () => {
    const { fake } = await exported({
        "kind export logs": {},
        "docker exec": ({ argv }) => ({ stdout: `${argv.slice(5).join(" ")}\n` }),
    });
    expect(fake.callsOf("kind")[0]!.line).toBe(
        `kind export logs ${join(folder, "cluster1")} --name mesh-ci-1-cluster1`,
    );
    expect(readdirSync(folder)).toEqual(["cluster1"]);
    const kept = Object.fromEntries(
        readdirSync(join(folder, "cluster1")).map((file) => [
            file,
            readFileSync(join(folder, "cluster1", file), "utf8").trim(),
        ]),
    );
    const agent = "exec --namespace=kube-system daemonset/cilium --container=cilium-agent --";
    expect(kept).toEqual({
        "cilium-mesh.txt": `${agent} cilium-dbg troubleshoot clustermesh`,
        "cilium-status.txt": `${agent} cilium-dbg status --verbose`,
        "events.txt": "get events --all-namespaces --sort-by=.metadata.creationTimestamp",
        "nodes.txt": "describe nodes",
        "objects.txt": "get all --all-namespaces --output=wide",
        "pods.txt": "describe pods --all-namespaces",
    });
});

test("of a cluster that kind could not make, what kind said is kept", async () => {
    writeWhole(kindLogPath("ci-1", "cluster2"), "ERROR: toomanyrequests");
    await exported({ "kind export logs": {}, "docker exec": {} });
    expect(readdirSync(join(folder, "cluster2"))).toEqual(["kind.log"]);
    expect(readFileSync(join(folder, "cluster2", "kind.log"), "utf8")).toBe(
        "ERROR: toomanyrequests",
    );
    rmSync(kindLogPath("ci-1", "cluster2"));
});

test("what cannot be had is named, and the rest is kept", async () => {
    const { said } = await exported({
        "kind export logs": { code: 1, stderr: "ERROR: no space left\n" },
        "docker exec mesh-ci-1-cluster1-control-plane kubectl --kubeconfig=/etc/kubernetes/admin.conf get events":
            { code: 1, stderr: "the server is gone\n" },
        "docker exec": { stdout: "an answer\n" },
    });
    expect(said).toEqual(["cluster1: kind export logs: ERROR: no space left"]);
    const text = (file: string) => readFileSync(join(folder, "cluster1", file), "utf8");
    expect(text("events.txt")).toBe("the server is gone\n");
    expect(text("pods.txt")).toBe("an answer\n");
});
