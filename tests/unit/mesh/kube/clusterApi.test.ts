import { spawn } from "node:child_process";
import { RequestListener, Server, createServer } from "node:http";
import { AddressInfo } from "node:net";
import { join } from "node:path";
import { projectRoot } from "../../../../src/config/declaration";
import { ClusterApi, connectOnce } from "../../../../src/mesh/kube/clusterApi";
import type { Outcomes } from "../../../support/askApiServer";
import { Outcome, askEverything } from "../../../support/everyQuestion";
import { kubeconfigFor } from "../../../support/fakeApiServer";
import { labLoader } from "../../../support/labLoader";

/** Some tests start Node and the Kubernetes client. */
jest.setTimeout(60_000);

const servers: Server[] = [];
afterEach(() => {
    for (const server of servers.splice(0)) {
        server.closeAllConnections();
        server.close();
    }
});

/** The kubeconfig of an API server that answers so. */
async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return kubeconfigFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

/** What comes of every question to an API server that answers so. */
async function ask(listener: RequestListener): Promise<Readonly<Record<string, Outcome>>> {
    const { outcomes, ended } = askEverything(await serve(listener));
    await ended;
    return outcomes;
}

/** What comes of every question of another process to API servers that answer so, and how long it lives after that. */
async function askApart(
    listeners: readonly RequestListener[],
    ...args: string[]
): Promise<{ readonly asked: readonly Outcomes[]; readonly seconds: number }> {
    const kubeconfigs = await Promise.all(listeners.map(serve));
    const script = join("tests", "support", "askApiServer.ts");
    const child = spawn(process.execPath, ["--no-warnings", ...labLoader, script, ...args], {
        cwd: projectRoot,
        stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdin.end(JSON.stringify(kubeconfigs));
    let stdout = "";
    let answeredAt = 0;
    child.stdout.on("data", (data: Buffer) => {
        stdout += data.toString();
        answeredAt = performance.now();
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    const seconds = (performance.now() - answeredAt) / 1000;
    expect(code).toBe(0);
    return { asked: JSON.parse(stdout) as Outcomes[], seconds };
}

test("an API server is given up for every question, with its connection, that never says anything, or never ends an answer", async () => {
    const paths: string[] = [];
    const { asked } = await askApart(
        [
            ({ url }) => paths.push(url!.split("?")[0]!.split("/").pop()!),
            (_, response) =>
                response
                    .writeHead(200, { "content-type": "application/json" })
                    .write('{"items": ['),
        ],
        "--pass-time",
    );
    const [silent, unending] = asked as [Outcomes, Outcomes];
    const late = { error: "no answer within 10 s" };
    expect(silent.outcomes).toEqual({
        pods: late,
        deployment: late,
        daemonSet: late,
        service: late,
        networkPolicy: late,
        lastWarning: late,
        // A log that is not to be had is none.
        lastLogLine: { answer: null },
        exec: { error: "date in x-wing-a took over 60 s" },
        session: late,
    });
    expect(silent.early).toEqual([]);
    expect(paths.toSorted()).toEqual(
        [
            ...["cilium", "deny", "events", "exec", "exec", "log", "log", "pods"],
            ...["rebel-base", "rebel-base"],
        ].toSorted(),
    );
    expect(unending.outcomes).toMatchObject({ pods: late, daemonSet: late });
});

/** Answers by the path's last part; 404 where there is none. */
function answering(answers: Readonly<Record<string, unknown>>): RequestListener {
    return ({ url }, response) => {
        const { pathname, searchParams } = new URL(url!, "http://fake");
        const previous = searchParams.get("previous") === "true" ? "previous " : "";
        const found = answers[previous + pathname.split("/").pop()!];
        if (typeof found === "string") {
            response.writeHead(200, { "content-type": "text/plain" }).end(found);
            return;
        }
        const status = { kind: "Status", code: 404, reason: "NotFound" };
        response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
        response.end(JSON.stringify(found ?? status));
    };
}

test("an API server that answers is asked once each, and no timer holds up the process", async () => {
    const { asked, seconds } = await askApart([
        answering({
            pods: { items: [{ metadata: { name: "x-wing-a" } }] },
            cilium: { metadata: { name: "cilium" } },
            "rebel-base": { metadata: { name: "rebel-base" } },
            deny: { metadata: { name: "deny" } },
            events: {
                items: [
                    { message: "second", lastTimestamp: "2026-08-09T10:00:02Z" },
                    { message: "third", lastTimestamp: "2026-08-09T10:00:03Z" },
                    { message: "first", lastTimestamp: "2026-08-09T10:00:01Z" },
                ],
            },
            "previous log": "panic: bye\n",
            log: "hello again\n",
        }),
    ]);
    expect(asked[0]!.outcomes).toMatchObject({
        pods: { answer: [{ metadata: { name: "x-wing-a" } }] },
        deployment: { answer: { metadata: { name: "rebel-base" } } },
        daemonSet: { answer: { metadata: { name: "cilium" } } },
        service: { answer: { metadata: { name: "rebel-base" } } },
        networkPolicy: { answer: { metadata: { name: "deny" } } },
        lastWarning: { answer: { message: "third", at: Date.parse("2026-08-09T10:00:03Z") } },
        lastLogLine: { answer: "panic: bye" },
    });
    expect(seconds).toBeLessThan(5);
});

const initializing = JSON.stringify({
    kind: "Status",
    message: "storage is (re)initializing",
    code: 429,
});

test("what the API server puts off is asked again when it says so", async () => {
    const asked: Record<string, number> = {};
    const outcomes = await ask(({ url }, response) => {
        const name = new URL(url!, "http://fake").pathname.split("/").pop()!;
        asked[name] = (asked[name] ?? 0) + 1;
        const isReady = name !== "deny" || asked[name] === 3;
        response.writeHead(isReady ? 200 : 429, {
            "content-type": "application/json",
            ...(isReady ? {} : { "retry-after": "0" }),
        });
        response.end(isReady ? JSON.stringify({ metadata: { name } }) : initializing);
    });
    expect(asked).toMatchObject({ deny: 3, cilium: 1 });
    expect(outcomes.networkPolicy).toEqual({ answer: { metadata: { name: "deny" } } });
});

test("what it refuses without a time to come back is an error in one sentence", async () => {
    const outcomes = await ask((_, response) => {
        response.writeHead(429, { "content-type": "application/json" }).end(initializing);
    });
    const error = "the API server answers storage is (re)initializing (HTTP 429)";
    expect(outcomes).toMatchObject({ daemonSet: { error }, networkPolicy: { error } });
});

test("who asks again and again keeps its connections, for as long as a token may be kept", () => {
    let now = 0;
    const connectTo = jest.fn((kubeconfig: string) => ({ kubeconfig }) as unknown as ClusterApi);
    const connect = connectOnce(() => now, connectTo);
    const first = connect("a");
    now = 299_999;
    expect(connect("a")).toBe(first);
    expect(connect("b")).not.toBe(first);
    now = 300_000;
    expect(connect("a")).not.toBe(first);
    expect(connectTo.mock.calls).toEqual([["a"], ["b"], ["a"]]);
});

test("what is not there is undefined, a list that cannot be had an error", async () => {
    const outcomes = await ask(answering({ events: { items: [] }, log: "hello\n" }));
    const nothing = { answer: null };
    expect(outcomes).toMatchObject({
        pods: { error: expect.stringContaining("404") as string },
        deployment: nothing,
        daemonSet: nothing,
        service: nothing,
        networkPolicy: nothing,
        lastWarning: nothing,
        lastLogLine: { answer: "hello" },
    });
});
