import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { IncomingMessage, Server, ServerResponse, createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { Outcome, clusterOf, parseOutcomes } from "../../../../src/proof/verify/requests";
import { batchesOf, endLine, requestScript } from "../../../../src/proof/verify/script";
import { selfSigned } from "../../../support/selfSignedCertificate";

const answerOf = (id: number) => `{"Galaxy": "Alderaan", "Cluster": "Cluster-${id}"}`;

test.each([
    [answerOf(1), "cluster1"],
    [`${answerOf(2)}\n`, "cluster2"],
    ['{"Cluster":"Cluster-12"}', "cluster12"],
    ['{"Cluster":"other"}', "other"],
    ['{"Cluster":1}', undefined],
    ['{"Cluster":null}', undefined],
    ["{}", undefined],
    ["null", undefined],
    ["3", undefined],
    ['"Cluster-1"', undefined],
    ["", undefined],
    ["<html>", undefined],
    [answerOf(1).slice(0, -2), undefined],
    [undefined, undefined],
])("the body %j is an answer of %s", (body, cluster) => {
    expect(clusterOf(body)).toBe(cluster);
});

test("outcomes are in the order of the requests, each answered, failed or unclear", () => {
    const output = [
        "3 200 0 0.0025",
        "1 200 0 0.001",
        "2 200 0 0.002",
        "4 502 0 0.004",
        "5 000 28 1.25",
        "6 000 7 0.5",
        "7 000 6 0.1",
        "8 200 0 0.003",
        "9 200 28 3",
        "10 000 52 0.2",
        `1:${answerOf(1)}`,
        `2:${answerOf(2)}`,
        "3:<html>",
        `4:${answerOf(1)}`,
        "8:",
        `8:${answerOf(1)}`,
        `9:${answerOf(1)}`,
        endLine,
        "",
    ].join("\n");
    const unclear = (milliseconds: number) => ({ kind: "unclear", milliseconds });
    expect(parseOutcomes(output, 10)).toStrictEqual({
        outcomes: [
            { kind: "answered", cluster: "cluster1", milliseconds: 1 },
            { kind: "answered", cluster: "cluster2", milliseconds: 2 },
            unclear(2.5),
            // Another status; a connection that timed out, one that was refused; a name that was not found.
            unclear(4),
            { kind: "failed", milliseconds: 1250 },
            { kind: "failed", milliseconds: 500 },
            unclear(100),
            // Only the first line of a body counts. A body that does not end; an answer without anything.
            unclear(3),
            unclear(3000),
            unclear(200),
        ],
        broken: undefined,
    });
});

const failedOnce = "1 000 28 1";

test.each<[string, string[], number, string | undefined]>([
    ["that was cut off", [failedOnce], 1, "its requests were cut off after 1 of 1"],
    [
        "without one of its requests",
        [failedOnce, "control 403 0", endLine],
        2,
        "its requests were cut off after 1 of 2",
    ],
    ["without anything", [""], 10, "its requests were cut off after 0 of 10"],
    ["whose control is answered", [failedOnce, "control 403 0", endLine], 1, undefined],
    [
        "whose control is answered at the second try",
        [failedOnce, "control 000 28", "control 200 0", endLine],
        1,
        undefined,
    ],
    [
        "whose control is refused",
        [failedOnce, "control 000 7", endLine],
        1,
        "it reaches nothing, not even the API server as kubernetes.default (the connection is refused)",
    ],
    [
        "whose control ends otherwise",
        [failedOnce, "control 000 35", endLine],
        1,
        "it reaches nothing, not even the API server as kubernetes.default (curl ends with 35)",
    ],
    ["whose request was answered", [`1 200 0 1`, `1:${answerOf(1)}`, endLine], 1, undefined],
])("an output %s proves something or says why not", (_, lines, requests, broken) => {
    expect(parseOutcomes(lines.join("\n"), requests).broken).toBe(broken);
});

test("whatever comes out nothing is thrown, and an output that does not end proves nothing", () => {
    const anyLine = fc.oneof(
        fc.string({ unit: "binary" }),
        fc
            .tuple(
                fc.nat(12),
                fc.constantFrom(" 200 0 0.1", " 200 0 1.2.3", ":{}", `:${answerOf(1)}`),
            )
            .map(([number, rest]) => `${number}${rest}`),
    );
    fc.assert(
        fc.property(fc.array(anyLine), fc.integer({ min: 1, max: 12 }), (lines, requests) => {
            const { outcomes, broken } = parseOutcomes(lines.join("\n"), requests);
            expect(outcomes.length).toBeLessThanOrEqual(requests);
            expect(broken).toMatch(/^its requests were cut off/);
            const answering = new Set(outcomes.map(({ cluster }) => cluster ?? "cluster1"));
            expect([...answering].join()).toMatch(/^(cluster1)?$/);
        }),
    );
});

test.each([
    [20, false, [20]],
    [138, false, [138]],
    [192, false, [192]],
    [193, false, [96, 97]],
    [312, false, [156, 156]],
    [2351, false, [180, 180, 181, 181, 181, 181, 181, 181, 181, 181, 181, 181, 181]],
    [365, true, [365]],
    [1942, true, [647, 647, 648]],
])("%i requests, of which some may fail: %s, are sent as %j", (requests, mayFail, batches) => {
    expect(batchesOf(requests, mayFail).map((batch) => batch.requests)).toEqual(batches);
});

test("a batch of which no request is answered ends well within the minute of an exec", () => {
    fc.assert(
        fc.property(fc.integer({ min: 1, max: 5000 }), fc.boolean(), (requests, mayFail) => {
            const batches = batchesOf(requests, mayFail);
            expect(batches.reduce((sum, batch) => sum + batch.requests, 0)).toBe(requests);
            for (const batch of batches) {
                const waves = Math.ceil(batch.requests / batch.concurrency);
                const [, limit] = /^timeout -s KILL (\d+) /m.exec(requestScript(batch))!;
                // Three seconds for each wave, and the rest of the script.
                expect(waves * 3).toBeLessThan(Number(limit));
                expect(Number(limit) + 3 * 2).toBeLessThan(60);
            }
        }),
    );
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Bodies and misbehaviours by the number of the request. */
const servings: Handler[] = [
    (_, response) => response.end(answerOf(1)),
    (_, response) => response.end(`${answerOf(2)}\n`),
    (_, response) => response.writeHead(500).end(answerOf(1)),
    (request) => request.socket.destroy(),
    (_, response) => response.end("<html>\nWelcome to nginx!\n</html>"),
    (_, response) => response.end(),
    (_, response) => response.writeHead(302, { location: "/?1" }).end(),
    (_, response) => response.end(`${answerOf(1)}\n1 200 0.1\n2:{"Cluster":"Cluster-9"}\n`),
    (_, response) => response.end("10 200 0.1"),
    (_, response) => response.end(Buffer.from([0xff, 0, 0x0a, 0xfe])),
    (_, response) =>
        response.writeHead(200, { "content-length": "999" }).write(answerOf(1).slice(0, 9)),
    (_, response) => response.end(`${answerOf(2)}\n${"x".repeat(1_000_000)}`),
];

async function listen(server: Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
}

/** What a shell writes that runs the script, where `rebel-base` is a port of this machine. */
async function runScript(script: string, port: number, controlPort = port) {
    const home = mkdtempSync(join(tmpdir(), "requests-"));
    const scratch = mkdtempSync(join(tmpdir(), "requests-"));
    try {
        writeFileSync(
            join(home, ".curlrc"),
            [
                `connect-to = "rebel-base:80:127.0.0.1:${port}"`,
                `connect-to = "kubernetes.default:443:127.0.0.1:${controlPort}"`,
                'noproxy = "*"\n',
            ].join("\n"),
        );
        const env = { PATH: process.env.PATH, CURL_HOME: home, HOME: home, TMPDIR: scratch };
        const child = spawn("/bin/sh", ["-c", script], {
            env,
            cwd: home,
            stdio: ["ignore", "pipe", "pipe"],
        });
        let stdout = "";
        let stderr = "";
        child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
        child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
        const code = await new Promise((resolve) => child.on("close", resolve));
        return { stdout, stderr, code, left: [...readdirSync(scratch), ...readdirSync(home)] };
    } finally {
        rmSync(home, { recursive: true });
        rmSync(scratch, { recursive: true });
    }
}

const curl = spawnSync("curl", ["--version"]);
const describeWithCurl = curl.status === 0 ? describe : describe.skip;

describeWithCurl("the script in a shell with curl (skipped where there is no curl)", () => {
    test.concurrent(
        "tells each answer by its cluster, and everything odd as unclear",
        async () => {
            const requests = 16;
            const connections = new Set<unknown>();
            const headers: (string | undefined)[] = [];
            const server = createServer((request, response) => {
                connections.add(request.socket);
                headers.push(request.headers.connection, request.headers.host);
                const number = Number(request.url!.slice("/?".length));
                (servings[number - 1] ?? servings[0]!)(request, response);
            });
            const port = await listen(server);
            const { stdout, code, left } = await runScript(
                requestScript({ requests, concurrency: 16 }),
                port,
            );
            server.closeAllConnections();
            server.close();

            const { outcomes, broken } = parseOutcomes(stdout, requests);
            expect(broken).toBeUndefined();
            expect(outcomes.map(whatCame)).toStrictEqual([
                ...["cluster1", "cluster2", "unclear", "unclear", "unclear", "unclear", "unclear"],
                ...["cluster1", "unclear", "unclear", "unclear", "cluster2"],
                ...["cluster1", "cluster1", "cluster1", "cluster1"],
            ]);
            expect(code).toBe(0);
            expect(left).toStrictEqual([".curlrc"]);
            // A kept connection would stay with its backend.
            expect(connections.size).toBe(requests);
            expect(new Set(headers)).toStrictEqual(new Set(["close", "rebel-base"]));
            // The answer that never ends is given up after three seconds and holds up no other.
            const milliseconds = outcomes.map((outcome) => outcome.milliseconds);
            expect(milliseconds[10]).toBeGreaterThan(2900);
            expect(milliseconds[10]).toBeLessThan(5000);
            expect(milliseconds[0]).toBeLessThan(2500);
        },
        15_000,
    );

    test.concurrent(
        "sends as many as it is told, once each, and times them",
        async () => {
            const requests = 284;
            const numbers: number[] = [];
            const server = createServer((request, response) => {
                const number = Number(request.url!.slice("/?".length));
                numbers.push(number);
                response.end(answerOf(number % 3 === 0 ? 2 : 1));
            });
            const port = await listen(server);
            const { stdout, stderr } = await runScript(
                requestScript({ requests, concurrency: 16 }),
                port,
            );
            server.close();

            const all = Array.from({ length: requests }, (_, index) => index + 1);
            // No progress meter either, which curl shows for parallel requests even where it shall be silent.
            expect(stderr).toBe("");
            expect(numbers.sort((a, b) => a - b)).toStrictEqual(all);
            const { outcomes } = parseOutcomes(stdout, requests);
            expect(outcomes.map(({ cluster }) => cluster)).toStrictEqual(
                all.map((number) => (number % 3 === 0 ? "cluster2" : "cluster1")),
            );
            for (const { milliseconds } of outcomes) {
                expect(milliseconds).toBeGreaterThan(0);
                expect(milliseconds).toBeLessThan(3000);
            }
        },
        15_000,
    );

    /** A port that nobody listens on. */
    async function closedPort(): Promise<number> {
        const server = createServer();
        const port = await listen(server);
        await new Promise((resolve) => server.close(resolve));
        return port;
    }

    const ten = requestScript({ requests: 10, concurrency: 16 });

    test.concurrent(
        "where nobody answers it asks the API server, and a client that reaches that has proved it",
        async () => {
            const { key, certificate: cert } = selfSigned();
            const api = createSecureServer({ key, cert }, (_, response) =>
                response.writeHead(403).end("forbidden"),
            );
            const { stdout, code } = await runScript(ten, await closedPort(), await listen(api));
            api.close();

            const { outcomes, broken } = parseOutcomes(stdout, 10);
            expect(outcomes.map(whatCame)).toStrictEqual(
                Array.from({ length: 10 }, () => "failed"),
            );
            expect([broken, code]).toEqual([undefined, 0]);
        },
    );

    test.concurrent("a client that reaches nothing at all has proved nothing", async () => {
        const { stdout, code } = await runScript(ten, await closedPort());

        expect(parseOutcomes(stdout, 10).broken).toBe(
            "it reaches nothing, not even the API server as kubernetes.default (the connection is refused)",
        );
        expect(code).toBe(0);
    });

    test.concurrent(
        "a script whose time runs out ends its requests, and says that they were cut off",
        async () => {
            const server = createServer(() => undefined);
            const port = await listen(server);
            const limited = ten.replace(/KILL \d+/, "KILL 1");
            const { stdout, left } = await runScript(limited, port);
            server.closeAllConnections();
            server.close();

            expect(parseOutcomes(stdout, 10).broken).toBe(
                "its requests were cut off after 0 of 10",
            );
            expect(left).toStrictEqual([".curlrc"]);
        },
    );
});

/** The cluster that answered, else what kind of outcome it is. */
function whatCame({ kind, cluster }: Outcome): string {
    return cluster ?? kind;
}
