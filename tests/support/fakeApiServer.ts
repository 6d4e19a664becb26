import { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { AddressInfo, Socket } from "node:net";
import * as yaml from "js-yaml";
import { WebSocketServer } from "ws";
import { selfSigned } from "./selfSignedCertificate";

/** What a fake API server has and how its pods answer. */
export interface FakeCluster {
    /** Replicas that the rebel-base Deployment asks for. */
    readonly replicas: number;
    /** Annotations of the rebel-base Service. */
    readonly annotations: Readonly<Record<string, string>>;
    /** Names of the x-wing pods that are ready. */
    readonly xWings: readonly string[];
    /** What a command in a pod prints, by the command and the number of the call; undefined: it never ends. */
    readonly exec: (command: readonly string[], call: number) => string | undefined;
    /** Address of a pod; none by default. */
    readonly ipOf?: (pod: string) => string;
}

export interface FakeApiServer {
    readonly kubeconfig: string;
    /** Paths that were asked for, in order. */
    readonly asked: readonly string[];
    /** Connections to it: all that were ever made, and those that are open. */
    readonly connections: () => { readonly made: number; readonly open: number };
    readonly close: () => Promise<void>;
}

/**
 * A Kubernetes API server on the loopback with just what `verify` and `flows` ask: a Service, a Deployment, pods, and exec
 * over a WebSocket (`v4.channel.k8s.io`: channel 1 is standard output, channel 3 the status at the end).
 */
export async function startFakeApiServer(cluster: FakeCluster): Promise<FakeApiServer> {
    const asked: string[] = [];
    const { certificate: cert, key } = selfSigned();
    const server = createServer({ cert, key }, (request, response) => {
        asked.push(request.url ?? "");
        answer(cluster, request, response);
    });
    const connected = new Set<Socket>();
    let made = 0;
    server.on("connection", (socket: Socket) => {
        made += 1;
        connected.add(socket);
        socket.on("close", () => connected.delete(socket));
    });
    const sockets = new WebSocketServer({ server, handleProtocols: () => "v4.channel.k8s.io" });
    let calls = 0;
    sockets.on("connection", (socket, request) => {
        const url = new URL(request.url ?? "/", "http://fake");
        asked.push(url.pathname);
        const output = cluster.exec(url.searchParams.getAll("command"), ++calls);
        if (output === undefined) {
            return;
        }
        const status = JSON.stringify({ status: "Success" });
        socket.send(Buffer.concat([Buffer.from([1]), Buffer.from(output)]));
        socket.send(Buffer.concat([Buffer.from([3]), Buffer.from(status)]), () => socket.close());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return {
        kubeconfig: kubeconfigFor(`https://127.0.0.1:${port}`, cert),
        asked,
        connections: () => ({ made, open: connected.size }),
        close: () =>
            new Promise((resolve) => {
                sockets.close();
                server.closeAllConnections();
                server.close(() => resolve());
            }),
    };
}

function answer(cluster: FakeCluster, request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://fake");
    const rebelBases = Array.from(
        { length: cluster.replicas },
        (_, index) => `rebel-base-${index}`,
    );
    const isXWing = searchParams.get("labelSelector") === "name=x-wing";
    const objects: Record<string, unknown> = {
        "/api/v1/namespaces/default/services/rebel-base": {
            metadata: { name: "rebel-base", annotations: cluster.annotations },
            spec: { selector: { name: "rebel-base" } },
        },
        "/apis/apps/v1/namespaces/default/deployments/rebel-base": {
            metadata: { name: "rebel-base" },
            spec: { replicas: cluster.replicas },
        },
        "/api/v1/namespaces/default/pods": {
            items: (isXWing ? cluster.xWings : rebelBases).map((name) => podOf(name, cluster)),
        },
        "/api/v1/namespaces/kube-system/pods": { items: [podOf("cilium-7xk2p", cluster)] },
    };
    const found = objects[pathname];
    response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(found ?? { kind: "Status", code: 404, reason: "NotFound" }));
}

function podOf(name: string, { ipOf }: FakeCluster): object {
    return {
        metadata: { name },
        status: { conditions: [{ type: "Ready", status: "True" }], podIP: ipOf?.(name) },
    };
}

/** A kubeconfig for an API server at that address, with its CA or without TLS. */
export function kubeconfigFor(server: string, ca?: string): string {
    return yaml.dump({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
            {
                name: "fake",
                cluster: {
                    server,
                    // The client wants the one to speak without TLS, and the lab's reader the other.
                    "insecure-skip-tls-verify": ca === undefined,
                    "certificate-authority-data": Buffer.from(ca ?? "ca").toString("base64"),
                },
            },
        ],
        users: [{ name: "fake", user: {} }],
        contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
        "current-context": "fake",
    });
}
