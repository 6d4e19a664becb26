import { IncomingMessage, ServerResponse, createServer } from "node:http";
import { AddressInfo } from "node:net";
import * as yaml from "js-yaml";
import { WebSocketServer } from "ws";

/** What a fake API server has and how its pods answer. */
export interface FakeCluster {
    /** Replicas that the rebel-base Deployment asks for. */
    readonly replicas: number;
    /** Annotations of the rebel-base Service. */
    readonly annotations: Readonly<Record<string, string>>;
    /** Names of the x-wing pods that are ready. */
    readonly xWings: readonly string[];
    /** What a command in a pod prints, by the command and the number of the call. */
    readonly exec: (command: readonly string[], call: number) => string;
    /** Address of a pod; none by default. */
    readonly ipOf?: (pod: string) => string;
}

export interface FakeApiServer {
    /** Kubeconfig for it, without TLS. */
    readonly kubeconfig: string;
    /** Paths that were asked for, in order. */
    readonly asked: readonly string[];
    readonly close: () => Promise<void>;
}

/**
 * A Kubernetes API server on the loopback with just what `verify` and `flows` ask: a Service, a Deployment, pods, and exec
 * over a WebSocket (`v4.channel.k8s.io`: channel 1 is standard output, channel 3 the status at the end).
 */
export async function startFakeApiServer(cluster: FakeCluster): Promise<FakeApiServer> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
        asked.push(request.url ?? "");
        answer(cluster, request, response);
    });
    const sockets = new WebSocketServer({ server, handleProtocols: () => "v4.channel.k8s.io" });
    let calls = 0;
    sockets.on("connection", (socket, request) => {
        const url = new URL(request.url ?? "/", "http://fake");
        asked.push(url.pathname);
        const output = cluster.exec(url.searchParams.getAll("command"), ++calls);
        const status = JSON.stringify({ status: "Success" });
        socket.send(Buffer.concat([Buffer.from([1]), Buffer.from(output)]));
        socket.send(Buffer.concat([Buffer.from([3]), Buffer.from(status)]), () => socket.close());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return {
        kubeconfig: kubeconfigFor(`http://127.0.0.1:${port}`),
        asked,
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

/** A kubeconfig for an API server at that address. */
export function kubeconfigFor(server: string): string {
    return yaml.dump({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
            {
                name: "fake",
                cluster: {
                    server,
                    // The client wants the one to speak without TLS, and the lab's reader the other.
                    "insecure-skip-tls-verify": true,
                    "certificate-authority-data": "Y2E=",
                },
            },
        ],
        users: [{ name: "fake", user: {} }],
        contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
        "current-context": "fake",
    });
}
