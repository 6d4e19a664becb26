import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { RequestListener, Server as HttpServer, createServer as createHttpServer } from "node:http";
import { Server, createServer } from "node:https";
import { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { WebSocketServer } from "ws";
import { projectRoot } from "../../../src/config/declaration";
import { findPulumi } from "../../../src/machine/pulumiTool";
import { Runner, run } from "../../../src/machine/run";
import { kindKubeconfig } from "../../support/fakeKind";
import { labLoader } from "../../support/labLoader";
import { LoggingProxy, startProxy } from "../../support/loggingProxy";
import { selfSigned } from "../../support/selfSignedCertificate";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);

/** Each test starts Node, some the Kubernetes client. */
jest.setTimeout(60_000);

/** Hosts that no DNS knows: who reaches them went by the proxy. */
const hosts = ["charts.company.example", "api.company.example", "get.pulumi.com"];

const checkout = join(__dirname, "..", "..", "..");
const own = selfSigned(undefined, hosts);
const folder = mkdtempSync(join(tmpdir(), "outside-"));
const authority = join(folder, "company-ca.pem");
writeFileSync(authority, own.certificate);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0)) {
        await close();
    }
});

/** Starts a server on the loopback; returns its port. */
async function listen(server: Server | HttpServer): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => {
        server.closeAllConnections();
        server.close();
    });
    return (server.address() as AddressInfo).port;
}

/** A server whose certificate only the company's CA vouches for. */
function serve(listener: RequestListener): { server: Server; port: Promise<number> } {
    const server = createServer({ cert: own.certificate, key: own.key }, listener);
    return { server, port: listen(server) };
}

async function proxyTo(port: number | undefined): Promise<LoggingProxy> {
    const proxy = await startProxy(() => port);
    closing.push(proxy.close);
    return proxy;
}

/** What a process that goes outside with that environment gets. */
async function ask(
    env: Readonly<Record<string, string>>,
    args: readonly string[],
    input = "",
): Promise<unknown> {
    const script = join("tests", "support", "askOutside.ts");
    const child = spawn(process.execPath, [...labLoader, script, ...args], {
        cwd: checkout,
        env: { PATH: process.env.PATH, ...env },
        stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdin.end(input);
    return JSON.parse(await text(child.stdout)) as unknown;
}

const chart = "https://charts.company.example/index.yaml";

test("a download goes by the proxy, with its user, to a server that the company's CA vouches for", async () => {
    const proxy = await proxyTo(await serve((_, answer) => answer.end("entries: {}")).port);
    const HTTPS_PROXY = proxy.url.replace("//", "//me:se%40cret@");

    const got = await ask({ HTTPS_PROXY, NODE_EXTRA_CA_CERTS: authority }, ["fetch", chart]);

    expect(got).toBe("entries: {}");
    expect(proxy.log).toEqual(["CONNECT charts.company.example:443 by me:se@cret"]);
});

test("without its CA, the download fails, and the fix names the variable that takes one", async () => {
    const { port } = serve((_, answer) => answer.end("secret"));
    const proxy = await proxyTo(await port);
    const trust = /^export NODE_EXTRA_CA_CERTS=<PEM file of the CA/;

    expect(await ask({ HTTPS_PROXY: proxy.url }, ["fetch", chart])).toEqual({
        // Newer releases of Node.js go on with advice of their own.
        reason: expect.stringMatching(
            `^by the proxy ${proxy.url} \\(HTTPS_PROXY\\): self-signed certificate`,
        ) as string,
        fix: expect.stringMatching(trust) as string,
    });
    expect(await ask({}, ["fetch", `https://127.0.0.1:${await port}/`])).toEqual({
        reason: expect.stringMatching(/^self-signed certificate/) as string,
        fix: expect.stringMatching(trust) as string,
    });
});

test("what is not encrypted is asked of the proxy itself, which may let nothing through but 443", async () => {
    const port = await listen(createHttpServer((_, answer) => answer.end("plain")));
    const proxy = await proxyTo(port);

    const url = "http://charts.company.example/index.yaml";
    expect(await ask({ http_proxy: proxy.url }, ["fetch", url])).toBe("plain");
    expect(proxy.log).toEqual([`GET ${url}`]);
});

test("a redirect goes by the proxy or past it, as its own host has it", async () => {
    const there = await serve((_, answer) => answer.end("kind")).port;
    const proxy = await proxyTo(
        await serve((_, answer) =>
            answer.writeHead(302, { location: `https://127.0.0.1:${there}/kind` }).end(),
        ).port,
    );
    const env = { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: authority };

    expect(await ask(env, ["fetch", chart])).toBe("kind");
    expect(proxy.log).toEqual(["CONNECT charts.company.example:443"]);
});

test("redirects that do not end are ended", async () => {
    const port = await listen(
        createHttpServer((_, answer) => answer.writeHead(301, { location: "/again" }).end()),
    );
    const url = `http://127.0.0.1:${port}/`;
    expect(await ask({}, ["fetch", url])).toEqual({
        reason: `${url} was redirected more than 20 times`,
    });
});

test("a proxy that lets nobody through, and one that is not there, are named with their variable", async () => {
    const proxy = await proxyTo(undefined);
    const fix = "correct the proxy's variable, or add the host to NO_PROXY";

    expect(await ask({ https_proxy: proxy.url }, ["fetch", chart])).toEqual({
        reason: `by the proxy ${proxy.url} (https_proxy): Proxy response (407) !== 200 when HTTP Tunneling`,
        fix,
    });
    expect(await ask({ https_proxy: "http://127.0.0.1:1" }, ["fetch", chart])).toEqual({
        reason: "by the proxy http://127.0.0.1:1 (https_proxy): connect ECONNREFUSED 127.0.0.1:1",
        fix,
    });
});

test("where a host is not reached and no proxy is named, the variable for one is", async () => {
    const server = createHttpServer();
    const port = await listen(server);
    server.close();
    expect(await ask({}, ["fetch", `https://127.0.0.1:${port}/`])).toEqual({
        reason: `connect ECONNREFUSED 127.0.0.1:${port}`,
        fix: "export HTTPS_PROXY=http://<host>:<port>, if the way out is a proxy",
    });
});

describe("with an existing cluster behind the proxy", () => {
    const kubeconfig = kindKubeconfig("east")
        .replace(/^.*client-(certificate|key)-data.*\n/gm, "")
        .replace(/https:\/\/127\.0\.0\.1:\d+/, "https://api.company.example:6443")
        .replace("Y2E=", Buffer.from(own.certificate).toString("base64"));

    /** An API server with a namespace, and pods whose commands print their name. */
    async function cluster(): Promise<LoggingProxy> {
        const { server, port } = serve((_, answer) => {
            answer.setHeader("content-type", "application/json");
            answer.end(JSON.stringify({ metadata: { uid: "u-1" } }));
        });
        const sockets = new WebSocketServer({
            server,
            handleProtocols: () => "v4.channel.k8s.io",
        });
        sockets.on("connection", (socket) => {
            socket.send(Buffer.from("\u0001root"));
            socket.send(Buffer.from('\u0003{"status":"Success"}'), () => socket.close());
        });
        return proxyTo(await port);
    }

    test("its API server is asked by the proxy, and so are its pods", async () => {
        const { url, log } = await cluster();

        expect(await ask({ HTTPS_PROXY: url }, ["uid"], kubeconfig)).toBe("u-1");
        expect(await ask({ HTTPS_PROXY: url }, ["exec"], kubeconfig)).toMatchObject({
            code: 0,
            stdout: "root",
        });
        expect(log).toEqual(Array(2).fill("CONNECT api.company.example:6443"));
    });

    test("the kubeconfig's own proxy comes before that of the environment", async () => {
        const { url, log } = await cluster();
        const named = kubeconfig.replace(/^( +)server: /m, `$1proxy-url: ${url}\n$1server: `);

        const env = { HTTPS_PROXY: "http://127.0.0.1:1" };
        expect(await ask(env, ["uid"], named)).toBe("u-1");
        expect(log).toEqual(["CONNECT api.company.example:6443"]);
    });

    test("past the proxy it is not reached, which its message says", async () => {
        const { url, log } = await cluster();
        const env = { HTTPS_PROXY: url, NO_PROXY: ".company.example" };
        expect(await ask(env, ["uid"], kubeconfig)).toEqual({
            error: expect.stringMatching(
                /^its API server https:\/\/api\.company\.example:6443 does not answer/,
            ) as string,
        });
        expect(log).toEqual([]);
    });
});

test("the package of Pulumi fetches its installer by the proxy, and hands it on to curl", async () => {
    mkdirSync(join(projectRoot, "node_modules"), { recursive: true });
    symlinkSync(
        join(checkout, "node_modules", "pulumi"),
        join(projectRoot, "node_modules", "pulumi"),
    );
    const home = join(folder, "pulumi-home");
    // As the real one is called: --no-edit-path --install-root <root> --version <version>
    const installer = `#!/bin/sh
mkdir -p "$3/bin"
printf '#!/bin/sh\\necho "%s"\\n' "$HTTPS_PROXY" > "$3/bin/pulumi"
chmod +x "$3/bin/pulumi"`;
    const proxy = await proxyTo(await serve((_, answer) => answer.end(installer)).port);

    const withoutPulumi: Runner = (program, ...rest) =>
        basename(program) === "pulumi"
            ? Promise.resolve({ code: 127, stdout: "", stderr: "spawn pulumi ENOENT" })
            : run(program, ...rest);
    const found = await findPulumi(withoutPulumi, () => undefined, {
        PATH: process.env.PATH,
        PULUMI_HOME: home,
        HTTPS_PROXY: proxy.url,
        NODE_EXTRA_CA_CERTS: authority,
    });

    expect(proxy.log).toEqual(["CONNECT get.pulumi.com:443"]);
    expect(found).toMatch(new RegExp(`^${home}/`));
    expect(readFileSync(found, "utf8")).toContain(proxy.url);
});
