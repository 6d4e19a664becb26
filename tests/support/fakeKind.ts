import { existsSync } from "node:fs";
import * as yaml from "js-yaml";
import { Machine } from "../../src/machine/machine";
import { RunResult } from "../../src/machine/run";
import { Answer, Answers, Call, FakeRunner, fakeRunner } from "./fakeRunner";

/** Path under which {@link fakeKind} has kind. */
export const kindProgram = "/tools/kind";

/** The node container of a kind cluster. */
export interface FakeNode {
    /** As the engine says it: running, exited, paused, … */
    state: string;
    /** Undefined: the cluster has no label of this project. */
    identity: string | undefined;
    /** kind has done its last step. */
    isFinished: boolean;
    hasHelmRelease: boolean;
    /** Its API server answers what it is asked inside the node. */
    isAlive: boolean;
}

export interface FakeKind extends FakeRunner {
    readonly machine: Machine;
    /** What the user was told, line by line. */
    readonly said: readonly string[];
    /** The node that is there now. */
    readonly node: () => FakeNode | undefined;
}

/** The kubeconfig that kind gives, with kind's own names. */
export function kindKubeconfig(name: string): string {
    return yaml.dump({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
            {
                name: `kind-${name}`,
                cluster: {
                    "certificate-authority-data": "Y2E=",
                    server: "https://127.0.0.1:6443",
                },
            },
        ],
        contexts: [
            { name: `kind-${name}`, context: { cluster: `kind-${name}`, user: `kind-${name}` } },
        ],
        "current-context": `kind-${name}`,
        users: [{ name: `kind-${name}`, user: { "client-key-data": "a2V5" } }],
    });
}

/** What kind says while it makes a cluster. */
export const kindCreateLines = [
    "Creating cluster …",
    " \u2713 Starting control-plane \u{1F579}\uFE0F",
];

/**
 * Docker and kind for one cluster, without either: `kind create` makes the node with the label that the config
 * on standard input asks for, `kind delete` takes it away, `docker start` wakes it.
 *
 * @param overrides Answers that go before these.
 */
export function fakeKind(
    name: string,
    initial?: Partial<FakeNode>,
    overrides: Answers = {},
): FakeKind {
    const container = `${name}-control-plane`;
    const said: string[] = [];
    let node: FakeNode | undefined = initial && {
        state: "running",
        identity: undefined,
        isFinished: true,
        hasHelmRelease: false,
        isAlive: true,
        ...initial,
    };
    const wake: Answer = () => {
        node!.state = "running";
        return {};
    };
    const runner = fakeRunner(overrides, {
        "docker container inspect": () =>
            node
                ? { stdout: `${node.state}\n` }
                : {
                      code: 1,
                      stdout: "[]\n",
                      stderr: `Error response from daemon: No such container: ${container}\n`,
                  },
        [`docker cp ${container}:/kind/kubeadm.conf -`]: () =>
            node?.identity === undefined
                ? { code: 1, stderr: "Error: Could not find the file" }
                : { stdout: `node-labels: "cilium-global-services/identity=${node.identity}"\n` },
        [`docker start ${container}`]: wake,
        [`docker unpause ${container}`]: wake,
        [`docker exec ${container} kubectl`]: ({ line }) => inNode(node!, line),
        "docker network inspect": {},
        "docker image inspect": {},
        [`${kindProgram} get kubeconfig --name ${name}`]: { stdout: kindKubeconfig(name) },
        [`${kindProgram} create cluster --name ${name}`]: ({ argv, options }) => {
            if (isLocked(argv)) {
                return { code: 1, stderr: "ERROR: failed to lock config file: file exists" };
            }
            options.onStart?.(4242);
            kindCreateLines.forEach((line) => options.onStderrLine?.(line));
            node = {
                state: "running",
                identity: /identity: ([a-f0-9]{12})/.exec(options.input ?? "")?.[1],
                isFinished: true,
                hasHelmRelease: false,
                isAlive: true,
            };
            return {};
        },
        [`${kindProgram} delete cluster --name ${name}`]: ({ argv }) => {
            node = undefined;
            return isLocked(argv) ? { code: 1, stderr: "ERROR: failed to lock config file" } : {};
        },
    });
    return {
        ...runner,
        said,
        node: () => node,
        machine: {
            run: runner.run,
            kind: () => Promise.resolve(kindProgram),
            download: (url) => Promise.reject(new Error(`nobody expected: ${url}`)),
            say: (line) => void said.push(line),
        },
    };
}

/** kind gives up at a lock beside its kubeconfig, whoever left it there. */
function isLocked(argv: Call["argv"]): boolean {
    return existsSync(`${argv[argv.indexOf("--kubeconfig") + 1]}.lock`);
}

/** What kubectl in the node answers. */
function inNode(node: FakeNode, line: string): Partial<RunResult> {
    if (!node.isAlive) {
        return {
            code: 1,
            stderr: "The connection to the server x-control-plane:6443 was refused - did you specify the right host or port?",
        };
    }
    if (line.includes("get nodes")) {
        return { stdout: node.isFinished ? "" : "node-role.kubernetes.io/control-plane" };
    }
    if (line.includes("get storageclass")) {
        return node.isFinished ? {} : { code: 1, stderr: 'storageclasses "standard" not found' };
    }
    if (line.includes("delete secrets")) {
        node.hasHelmRelease = false;
        return {};
    }
    return { stdout: node.hasHelmRelease ? "secret/sh.helm.release.v1.cilium.v1\n" : "" };
}
