import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as yaml from "js-yaml";
import { labFolder, stackFolder } from "../../src/machine/names";
import { apiserverPort } from "../../src/mesh/cilium/values";
import { RealLab, docker, expectAgreement, whyNotReal } from "../support/realLab";

const reason = whyNotReal();
const onRealClusters = reason === undefined ? describe : describe.skip;
const clusters = ["cluster1", "cluster2"] as const;

onRealClusters(`secrets on real clusters${reason ? ` (skipped: ${reason})` : ""}`, () => {
    const started = Date.now();
    let lab: RealLab;
    let intruder: RealLab;
    /** Pieces of every key, as they would look wherever a key is in clear. */
    let keys: string[];

    beforeAll(() => {
        lab = new RealLab();
        intruder = new RealLab();
    });

    afterAll(() => {
        lab.remove();
        intruder.remove();
    });

    /**
     * A piece of a private key's PEM, and the same of its base64. The piece is one that the public key does not
     * have: an EC key begins with what is secret, an RSA key ends with it.
     */
    function piecesOf(key: string): string[] {
        const pem = Buffer.from(key, "base64").toString();
        const lines = pem.trim().split("\n").slice(1, -1);
        const piece = pem.includes("BEGIN EC ") ? lines[0]!.slice(12, 52) : lines.at(-3)!;
        const at = pem.indexOf(piece);
        const from = Math.ceil(at / 3) * 4;
        return [piece, key.slice(from, Math.floor((at + piece.length) / 3) * 4)];
    }

    /** Pieces of the keys of the mesh's CA and of the clusters' administrators. */
    function keysOf(stack: string): string[] {
        const administrators = clusters.map((cluster) => {
            const text = readFileSync(join(stackFolder(stack), `${cluster}.kubeconfig`), "utf8");
            const { users } = yaml.load(text) as {
                users: { user: { "client-key-data": string } }[];
            };
            return users[0]!.user["client-key-data"];
        });
        return [secret(lab, "cilium-ca", "ca.key"), ...administrators].flatMap(piecesOf);
    }

    function secret(of: RealLab, name: string, key: string): string {
        const path = `jsonpath={.data.${key.replace(".", "\\.")}}`;
        return of.kubectl("cluster1", "-n", "kube-system", "get", "secret", name, "-o", path)
            .stdout;
    }

    function expectNoKey(text: string): void {
        expect(keys.filter((key) => text.includes(key))).toEqual([]);
    }

    test("no key is in a command line, an environment or the output while up runs", async () => {
        const up = lab.start("up");
        let over = false;
        void up.ended.then(() => (over = true));
        const seen = new Set<string>();
        while (!over) {
            const { stdout } = spawnSync("ps", ["-A", "-ww", "e", "-o", "args="], {
                encoding: "utf8",
                maxBuffer: 64 * 2 ** 20,
            });
            stdout.split("\n").forEach((line) => seen.add(line));
            await sleep(200);
        }
        const { code, output } = await up.ended;
        expect(output).toContain("Requests and rule agree");
        expect(code).toBe(0);
        keys = keysOf(lab.stack);
        expect(keys.map(({ length }) => length >= 36)).toEqual(Array(6).fill(true));
        expect(
            [...seen].filter((line) => line.includes("helm") || line.includes("kind")),
        ).not.toEqual([]);
        expectNoKey([...seen].join("\n"));
        expectNoKey(output);
    });

    /** Files below a folder that were written since the tests began; links may lead round in a circle. */
    function filesOf(folder: string): string[] {
        return readdirSync(folder, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map(({ parentPath, name }) => join(parentPath, name))
            .filter((file) => {
                const found = statSync(file, { throwIfNoEntry: false });
                return found?.isFile() && found.mtimeMs >= started && found.size < 2 ** 28;
            });
    }

    const withKey = (files: readonly string[]) =>
        files.filter((file) => {
            const text = readFileSync(file, "latin1");
            return keys.some((key) => text.includes(key));
        });

    test("no key is in the state, its history, its backups, the report or a temporary file", () => {
        lab.set("xWingReplicas", "1");
        expect(lab.run("up").code).toBe(0);
        const kubeconfigs = clusters.map((cluster) => `${cluster}.kubeconfig`);
        const files = filesOf(labFolder);
        expect(files.some((file) => file.includes("history"))).toBe(true);
        expect(files.some((file) => file.endsWith("report.html"))).toBe(true);
        expect(withKey(files)).toEqual(
            kubeconfigs.map((file) => join(stackFolder(lab.stack), file)),
        );
        expect(withKey(filesOf(tmpdir()))).toEqual([]);
    });

    test("only their owner can read kubeconfigs, state and passphrase", () => {
        const open = filesOf(labFolder)
            .filter((file) => /kubeconfig$|passphrase$/.test(file))
            .filter((file) => (statSync(file).mode & 0o077) !== 0);
        expect(open).toEqual([]);
        expect(statSync(stackFolder(lab.stack)).mode & 0o077).toBe(0);
    });

    test("no key is in what a Helm and a cluster that refuse are quoted with", () => {
        for (const [path, value] of [
            ["ciliumValues.operator.priorityClassName", "Non sense"],
            ["ciliumValues.clustermesh.apiserver.terminationGracePeriodSeconds", "nonsense"],
        ] as const) {
            lab.setPath(path, value);
            const { code, output } = lab.run("up");
            expect(code).toBe(1);
            expect(output).toContain("error: ");
            expectNoKey(output);
            lab.pulumi("config", "rm", "ciliumValues");
        }
        expectAgreement(lab.run("up"));
    });

    test("API servers listen on the loopback only", () => {
        for (const cluster of clusters) {
            const { stdout } = docker("port", lab.node(cluster), "6443/tcp");
            expect(stdout.trim()).toMatch(/^127\.0\.0\.1:\d+$/);
        }
    });

    /** What an agent of the intruder gets when it dials lab's cluster1, trusting and showing these labs' certificates. */
    function dial(trusted: RealLab, shown: RealLab): string {
        const folder = "/tmp/dial";
        const name = "clustermesh-apiserver-remote-cert";
        const configuration = [
            "endpoints:",
            `- https://${lab.node("cluster1")}:${apiserverPort(1)}`,
            `trusted-ca-file: ${folder}/ca.crt`,
            `key-file: ${folder}/tls.key`,
            `cert-file: ${folder}/tls.crt`,
        ].join("\n");
        const files = {
            "ca.crt": secret(trusted, name, "ca.crt"),
            "tls.crt": secret(shown, name, "tls.crt"),
            "tls.key": secret(shown, name, "tls.key"),
            other: Buffer.from(configuration).toString("base64"),
        };
        const write = Object.entries(files).map(
            ([file, content]) => `echo ${content} | base64 --decode >${folder}/${file}`,
        );
        const ask = `cilium-dbg troubleshoot clustermesh other --clustermesh-config ${folder}`;
        const script = [`mkdir -p ${folder}`, ...write, ask].join(" && ");
        const agent = ["-n", "kube-system", "exec", "daemonset/cilium", "-c", "cilium-agent"];
        return intruder.kubectl("cluster1", ...agent, "--", "sh", "-c", script).output;
    }

    test("another pair on this machine cannot join the mesh without its CA, and could with it", () => {
        expectAgreement(intruder.run("up"));
        const connected = "Etcd connection successfully established";
        expect(dial(lab, lab)).toContain(connected);
        const untrusting = dial(intruder, intruder);
        expect(untrusting).toContain("certificate signed by unknown authority");
        expect(untrusting).not.toContain(connected);
        const untrusted = dial(lab, intruder);
        expect(untrusted).toMatch(/bad certificate|unknown certificate/);
        expect(untrusted).not.toContain(connected);
        expectAgreement(lab.run("verify"));
    });
});
