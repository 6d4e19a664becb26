import { RequestListener } from "node:http";
import { Server, createServer } from "node:https";
import { AddressInfo, Server as TcpServer, createServer as createTcpServer } from "node:net";
import { askApiServer, isApiReady } from "../../../../src/mesh/kube/apiServer";
import { kindKubeconfig } from "../../../support/fakeKind";
import { SelfSigned, selfSigned } from "../../../support/selfSignedCertificate";

const own = selfSigned();
let server: Server | TcpServer | undefined;
afterEach(() => {
    server?.close();
    if (server instanceof Server) {
        server.closeAllConnections();
    }
    server = undefined;
});

/** An API server that answers so; returns the kubeconfig that trusts an authority. */
function serve(listener: RequestListener, trusted: SelfSigned = own): Promise<string> {
    return listen(createServer({ cert: own.certificate, key: own.key }, listener), trusted);
}

async function listen(one: Server | TcpServer, { certificate }: SelfSigned = own): Promise<string> {
    server = one;
    await new Promise<void>((resolve) => one.listen(0, "127.0.0.1", resolve));
    const { port } = one.address() as AddressInfo;
    const ca = Buffer.from(certificate).toString("base64");
    return kindKubeconfig("x").replace("6443", String(port)).replace("Y2E=", ca);
}

test("an API server that answers 200 to /readyz is ready", async () => {
    const asked: (string | undefined)[] = [];
    const kubeconfig = await serve(({ url }, response) => {
        asked.push(url);
        response.end("ok");
    });
    expect(await askApiServer(kubeconfig)).toEqual({ state: "ready" });
    expect(await isApiReady(kubeconfig)).toBe(true);
    expect(asked).toEqual(["/readyz", "/readyz"]);
});

test.each([500, 401, 302])("one that answers %i is there and not ready", async (code) => {
    const kubeconfig = await serve((_, response) => response.writeHead(code).end());
    expect(await askApiServer(kubeconfig)).toEqual({ state: "unready", reason: `HTTP ${code}` });
    expect(await isApiReady(kubeconfig)).toBe(false);
});

test("one with a certificate of another authority is there and not ready", async () => {
    const kubeconfig = await serve((_, response) => response.end("ok"), selfSigned());
    expect(await askApiServer(kubeconfig)).toMatchObject({ state: "unready" });
});

test("one that refuses the connection is silent", async () => {
    const kubeconfig = await serve((_, response) => response.end("ok"));
    server!.close();
    expect(await askApiServer(kubeconfig)).toMatchObject({
        state: "silent",
        reason: expect.stringContaining("ECONNREFUSED") as string,
    });
});

test("one whose connection is closed at once, as Docker does for a port that nobody listens at, is silent", async () => {
    const kubeconfig = await listen(createTcpServer((socket) => socket.destroy()));
    expect(await askApiServer(kubeconfig)).toMatchObject({ state: "silent" });
});

test("one that says nothing in time is silent", async () => {
    expect(await askApiServer(await serve(() => undefined), 50)).toEqual({
        state: "silent",
        reason: "no answer within 0.05 s",
    });
});

test.each([
    ["a kubeconfig that is none", "clusters: []"],
    ["a host that nobody knows", kindKubeconfig("x").replace("127.0.0.1", "nobody.invalid")],
    ["a port that is none", kindKubeconfig("x").replace("6443", "1").replace("https:", "http:")],
])("with %s nobody was asked, which is no silence", async (_, kubeconfig) => {
    expect(await askApiServer(kubeconfig)).toMatchObject({ state: "unasked" });
    expect(await isApiReady(kubeconfig)).toBe(false);
});
