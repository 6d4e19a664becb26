import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as yaml from "js-yaml";
import { ensureKind } from "../../src/machine/kindTool";
import { kubeconfigPath } from "../../src/machine/names";
import { poll } from "../../src/machine/poll";
import { run } from "../../src/machine/run";
import { loadBalancerName } from "../../src/mesh/cilium/peers";
import { startProxy } from "../support/loggingProxy";
import { RealLab, docker, whyNotReal } from "../support/realLab";

const reason = whyNotReal();
const withClusters = reason === undefined ? describe : describe.skip;
jest.setTimeout(900_000);

/** The clusters that somebody else has made, with the ranges of their pods. */
const given = { one: "10.11.0.0/16", two: "10.12.0.0/16" } as const;
type Given = keyof typeof given;
const names = Object.keys(given) as Given[];

withClusters(`clusters of somebody else${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;
    let folder: string;
    let kubeconfig: string;
    let kind: string;
    let before: string;

    const kindName = (name: Given) => `${lab.stack}-${name}`;
    const context = (name: Given) => `kind-${kindName(name)}`;

    beforeAll(async () => {
        lab = new RealLab();
        folder = mkdtempSync(join(tmpdir(), "existing-"));
        kubeconfig = join(folder, "config");
        kind = await ensureKind(run, () => undefined);
        await Promise.all(names.map((name) => create(name, given[name])));
        joinKubeconfigs();
        before = readFileSync(kubeconfig, "utf8");
        lab.configure({
            clusterProvider: "existing",
            kubeconfig,
            kubeconfigContext: context("one"),
            cluster2KubeconfigContext: context("two"),
            clusterMeshAddress: address("one"),
            cluster2ClusterMeshAddress: `${address("two")}:31380`,
        });
    });

    afterAll(async () => {
        lab.run("down");
        for (const name of names) {
            await remove(name);
        }
        lab.remove();
        rmSync(folder, { recursive: true });
    });

    test("two empty clusters become the lab, and requests and rule agree", () => {
        const { code, output, seconds } = lab.run("up");
        expect([code, output]).toEqual([0, expect.stringContaining("Requests and rule agree")]);
        expect(output).toContain(`cluster1 is your context ${context("one")}`);
        process.stdout.write(`existing: up ${seconds.toFixed(0)} s\n`);
        const { answered, result } = lab.answering();
        process.stdout.write(`existing: ${JSON.stringify(result.clients)}\n`);
        expect(answered).toEqual({
            cluster1: ["cluster1", "cluster2"],
            cluster2: ["cluster1", "cluster2"],
        });
        expect(result.drift).toEqual([]);
    });

    test("a second up changes nothing", () => {
        const { code, output, seconds } = lab.run("up");
        expect(code).toBe(0);
        expect(output).toMatch(/Resources:\s+\d+ unchanged/);
        process.stdout.write(`existing: up without a change ${seconds.toFixed(0)} s\n`);
    });

    test("a flip of sharedService is seen from the other cluster only", () => {
        lab.set("sharedService", "false");
        const { code, seconds } = lab.run("up");
        expect(code).toBe(0);
        process.stdout.write(`existing: flip ${seconds.toFixed(0)} s\n`);
        expect(lab.answering().answered).toEqual({
            cluster1: ["cluster1", "cluster2"],
            cluster2: ["cluster2"],
        });
    });

    test("a cluster is reached by a load balancer as soon as that has an address", async () => {
        // kind has no load balancers: what one does is done by hand here.
        const balanced = "10.222.0.2";
        docker("exec", node("two"), "ip", "address", "add", `${balanced}/32`, "dev", "eth0");
        docker("exec", node("one"), "ip", "route", "add", balanced, "via", address("two"));
        lab.set("cluster2ClusterMeshAddress", "");
        const start = Date.now();
        const running = lab.start("up").ended;
        const ingress = { status: { loadBalancer: { ingress: [{ ip: balanced }] } } };
        const patch = [
            ...["-n", "kube-system", "patch", "service", loadBalancerName, "--type=merge"],
            ...["--subresource=status", "-p", JSON.stringify(ingress)],
        ];
        const patched = await poll(
            () => Promise.resolve(kubectl("two", ...patch).code === 0 || undefined),
            { withinMs: 120_000, everyMs: 2000 },
        );
        const { output } = await running;
        expect([patched, output]).toEqual([
            true,
            expect.stringContaining("Requests and rule agree"),
        ]);
        process.stdout.write(
            `existing: up with a load balancer ${((Date.now() - start) / 1000).toFixed(0)} s\n`,
        );
        const { stdout } = kubectl("one", "-n", "kube-system", "get", "service", "-o", "name");
        expect(stdout).toContain("service/clustermesh-cluster2");
        expect(lab.answering().answered.cluster1).toEqual(["cluster1", "cluster2"]);
    });

    test("what was changed by hand is put back by up", () => {
        kubectl("two", "scale", "deployment/rebel-base", "--replicas=1");
        const { code, output } = lab.run("up");
        expect([code, output]).toEqual([
            0,
            expect.stringContaining("cluster2RebelBaseReplicas is 2 in the config and 1 live"),
        ]);
    });

    test("API servers that only a proxy reaches are asked through it, by all that asks them", async () => {
        const config = yaml.load(before) as Kubeconfig;
        const ports = new Map<string, number>();
        for (const { name, cluster } of config.clusters) {
            // The certificate has the node's name, which nothing on this machine can resolve.
            const host = `${name.replace(/^kind-/, "")}-control-plane`;
            ports.set(host, Number(new URL(cluster.server).port));
            cluster.server = `https://${host}:6443`;
        }
        const file = join(folder, "behind-proxy");
        writeFileSync(file, yaml.dump(config));
        const proxy = await startProxy((host) => ports.get(host));
        process.env.HTTPS_PROXY = proxy.url;
        try {
            lab.configure({ kubeconfig: file });
            const up = await lab.start("up").ended;
            expect([up.code, up.output]).toEqual([
                0,
                expect.stringContaining("Requests and rule agree"),
            ]);
            const byUp = proxy.log.length;
            const verify = await lab.start("verify").ended;
            expect([verify.code, verify.output]).toEqual([0, verify.output]);
            expect(new Set(proxy.log)).toEqual(
                new Set([...ports.keys()].map((host) => `CONNECT ${host}:6443`)),
            );
            process.stdout.write(
                `existing: through a proxy ${byUp} connections of up, ${proxy.log.length - byUp} of verify\n`,
            );
        } finally {
            delete process.env.HTTPS_PROXY;
            await proxy.close();
            lab.configure({ kubeconfig });
        }
        const { code, output } = lab.run("up");
        expect([code, output]).toEqual([0, output]);
    });

    test("the user's kubeconfig stays as it is, and the stack's copies have one context each", () => {
        expect(readFileSync(kubeconfig, "utf8")).toBe(before);
        const copy = readFileSync(kubeconfigPath(lab.stack, "cluster1"), "utf8");
        expect((yaml.load(copy) as Kubeconfig).contexts.map(({ name }) => name)).toEqual([
            "cluster1",
        ]);
    });

    test("a second stack is refused by the Cilium and the objects of the first", () => {
        const other = new RealLab();
        try {
            setUp(other, context("one"), context("two"));
            const { code, output } = other.run("up");
            expect(code).not.toBe(0);
            for (const name of ["cluster1", "cluster2"]) {
                expect(output).toContain(`${name} has a Cilium that this stack did not make`);
                expect(output).toContain(
                    `${name} has a Service default/rebel-base that this stack did not make`,
                );
            }
        } finally {
            other.remove();
        }
        expect(lab.answering().answered.cluster2).toEqual(["cluster2"]);
    });

    test("contexts that are unknown or do not answer are told together, before anything is made", () => {
        const other = new RealLab();
        try {
            const config = yaml.load(before) as Kubeconfig;
            const dead = { server: "https://127.0.0.1:1" };
            config.clusters.push({ name: "dead", cluster: dead });
            config.users.push({ name: "dead", user: {} });
            config.contexts.push({ name: "dead", context: { cluster: "dead", user: "dead" } });
            const file = join(folder, "with-dead");
            writeFileSync(file, yaml.dump(config));
            setUp(other, "nowhere", "dead", file);
            const { code, output } = other.run("up");
            expect(code).not.toBe(0);
            expect(output).toContain('has no context "nowhere"');
            expect(output).toContain("its API server https://127.0.0.1:1 does not answer");
            expect(output).toContain("2 problems; nothing was created or changed");
        } finally {
            other.remove();
        }
    });

    test("down takes lab and Cilium out of the clusters and leaves them running", () => {
        const { code, output, seconds } = lab.run("down");
        expect([code, output]).toEqual([0, expect.stringContaining("out of your clusters")]);
        process.stdout.write(`existing: down ${seconds.toFixed(0)} s\n`);
        for (const name of names) {
            const left = kubectl(
                name,
                ...["get", "daemonsets,deployments,services,configmaps,secrets,clusterroles"],
                ...["-A", "-o", "name"],
            ).stdout;
            expect(left).toContain("deployment.apps/coredns");
            expect(left).not.toMatch(/cilium|clustermesh|rebel-base|x-wing|helm/);
            expect(kubectl(name, "get", "nodes", "-o", "name").stdout).toContain(kindName(name));
        }
        expect(readFileSync(kubeconfig, "utf8")).toBe(before);
        expect(existsSync(kubeconfigPath(lab.stack, "cluster1"))).toBe(false);
    });

    test("clusters with the same ranges are refused", async () => {
        await remove("two");
        await create("two", given.one);
        joinKubeconfigs();
        const { output } = lab.run("up");
        expect(output).toContain(
            "pods of cluster1 (10.11.0.0/16) and pods of cluster2 (10.11.0.0/16) share addresses",
        );
        expect(output).toContain("nothing was created or changed");
    });

    function setUp(other: RealLab, first: string, second: string, file = kubeconfig): void {
        other.configure({
            clusterProvider: "existing",
            kubeconfig: file,
            kubeconfigContext: first,
            cluster2KubeconfigContext: second,
        });
    }

    async function create(name: Given, podSubnet: string): Promise<void> {
        const serviceSubnet = name === "one" ? "10.111.0.0/16" : "10.112.0.0/16";
        const networking = { disableDefaultCNI: true, podSubnet, serviceSubnet };
        const config = { kind: "Cluster", apiVersion: "kind.x-k8s.io/v1alpha4", networking };
        const made = await run(
            kind,
            [
                ...["create", "cluster", "--name", kindName(name), "--config", "-"],
                ...["--image", lab.given("nodeImage"), "--kubeconfig", join(folder, name)],
            ],
            { input: yaml.dump(config) },
        );
        if (made.code !== 0) {
            throw new Error(made.stderr);
        }
    }

    function remove(name: Given) {
        const place = ["--name", kindName(name), "--kubeconfig", join(folder, name)];
        return run(kind, ["delete", "cluster", ...place]);
    }

    /** Makes the kubeconfig that the user has: with the contexts of both clusters. */
    function joinKubeconfigs(): void {
        const [one, two] = names.map(
            (name) => yaml.load(readFileSync(join(folder, name), "utf8")) as Kubeconfig,
        );
        const joined = {
            ...one!,
            clusters: [...one!.clusters, ...two!.clusters],
            users: [...one!.users, ...two!.users],
            contexts: [...one!.contexts, ...two!.contexts],
        };
        writeFileSync(kubeconfig, yaml.dump(joined));
    }

    /** Address of a cluster's node on Docker's network. */
    function address(name: Given): string {
        const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        return docker("inspect", "--format", format, node(name)).stdout.trim();
    }

    function node(name: Given): string {
        return `${kindName(name)}-control-plane`;
    }

    function kubectl(name: Given, ...args: string[]) {
        return docker(
            ...["exec", node(name), "kubectl", "--kubeconfig=/etc/kubernetes/admin.conf"],
            ...args,
        );
    }
});

interface Kubeconfig {
    readonly clusters: { readonly name: string; readonly cluster: { server: string } }[];
    readonly users: object[];
    readonly contexts: { readonly name: string; readonly context: object }[];
}
