import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { IncomingMessage, Server, ServerResponse, createServer } from "node:http";
import { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import {
    clusterOf,
    fewestRequests,
    missChance,
    parseOutcomes,
    requestScript,
    requestsNeeded,
} from "../../../../src/proof/verify/requests";

test.each([
    [[2, 2], 20],
    [[1, 1], 20],
    [[1, 3], 49],
    [[1, 9], 132],
    [[1, 20], 284],
    [[2, 2, 2], 35],
    [[2, 0], 10],
    [[0, 0], 10],
    [[], 10],
    [[1, 0, 1], 20],
])("with %j backends a client sends %i requests", (backends, requests) => {
    expect(requestsNeeded(backends)).toBe(requests);
});

test("so many requests miss a cluster less often than once in a million, and fewer would not do", () => {
    const anyBackends = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 5 });
    fc.assert(
        fc.property(anyBackends, (backends) => {
            const requests = requestsNeeded(backends);
            const total = backends.reduce((sum, count) => sum + count, 0);
            const smallest = Math.min(...backends.filter((count) => count > 0));
            const chanceToMiss = (sent: number) =>
                smallest === total || total === 0 ? 0 : (1 - smallest / total) ** sent;
            expect(requests).toBeGreaterThanOrEqual(fewestRequests);
            expect(chanceToMiss(requests)).toBeLessThan(missChance * (1 + 1e-9));
            expect(requests === fewestRequests || chanceToMiss(requests - 1) > missChance).toBe(
                true,
            );
        }),
    );
    expect(missChance).toBe(1e-6);
});

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

test("outcomes are in the order of the requests; what has no line of its own has failed", () => {
    const output = [
        "3 200 0.0025",
        "1 200 0.001",
        "2 200 0.002",
        "5 500 0.004",
        "6 000 1.25",
        "8 200 0.003",
        `1:${answerOf(1)}`,
        `2:${answerOf(2)}`,
        "3:<html>",
        "3:</html>",
        `4:${answerOf(1)}`,
        `5:${answerOf(1)}`,
        "8:",
        `8:${answerOf(1)}`,
        "",
    ].join("\n");
    expect(parseOutcomes(output, 9)).toStrictEqual([
        { cluster: "cluster1", milliseconds: 1 },
        { cluster: "cluster2", milliseconds: 2 },
        { cluster: undefined, milliseconds: 2.5 },
        // A body without a transfer, a status that is not 200, a connection that failed.
        { cluster: undefined, milliseconds: 0 },
        { cluster: undefined, milliseconds: 4 },
        { cluster: undefined, milliseconds: 1250 },
        { cluster: undefined, milliseconds: 0 },
        // Only the first line of a body counts.
        { cluster: undefined, milliseconds: 3 },
        { cluster: undefined, milliseconds: 0 },
    ]);
});

test("whatever comes out, there is an outcome for each request and nothing is thrown", () => {
    const anyLine = fc.oneof(
        fc.string({ unit: "binary" }),
        fc
            .tuple(fc.nat(12), fc.constantFrom(" 200 0.1", " 200 1.2.3", ":{}", `:${answerOf(1)}`))
            .map(([number, rest]) => `${number}${rest}`),
    );
    fc.assert(
        fc.property(fc.array(anyLine), fc.integer({ min: 0, max: 12 }), (lines, requests) => {
            const outcomes = parseOutcomes(lines.join("\n"), requests);
            expect(outcomes).toHaveLength(requests);
            const answering = new Set(outcomes.map(({ cluster }) => cluster ?? "cluster1"));
            expect([...answering].join()).toMatch(/^(cluster1)?$/);
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
async function runScript(script: string, port: number) {
    const home = mkdtempSync(join(tmpdir(), "requests-"));
    const scratch = mkdtempSync(join(tmpdir(), "requests-"));
    try {
        writeFileSync(
            join(home, ".curlrc"),
            `connect-to = "rebel-base:80:127.0.0.1:${port}"\nnoproxy = "*"\n`,
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
    test("tells each answer by its cluster, and everything odd as failed", async () => {
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
        const { stdout, code, left } = await runScript(requestScript(requests), port);
        server.closeAllConnections();
        server.close();

        expect(parseOutcomes(stdout, requests).map(({ cluster }) => cluster)).toStrictEqual([
            ...["cluster1", "cluster2", undefined, undefined, undefined, undefined, undefined],
            ...["cluster1", undefined, undefined, undefined, "cluster2"],
            ...["cluster1", "cluster1", "cluster1", "cluster1"],
        ]);
        expect(code).toBe(0);
        expect(left).toStrictEqual([".curlrc"]);
        // A kept connection would stay with its backend.
        expect(connections.size).toBe(requests);
        expect(new Set(headers)).toStrictEqual(new Set(["close", "rebel-base"]));
        // The answer that never ends is given up after three seconds and holds up no other.
        const milliseconds = parseOutcomes(stdout, requests).map((outcome) => outcome.milliseconds);
        expect(milliseconds[10]).toBeGreaterThan(2900);
        expect(milliseconds[10]).toBeLessThan(5000);
        expect(milliseconds[0]).toBeLessThan(2500);
    }, 15_000);

    test("sends as many as it is told, once each, and times them", async () => {
        const requests = 284;
        const numbers: number[] = [];
        const server = createServer((request, response) => {
            const number = Number(request.url!.slice("/?".length));
            numbers.push(number);
            response.end(answerOf(number % 3 === 0 ? 2 : 1));
        });
        const port = await listen(server);
        const { stdout, stderr } = await runScript(requestScript(requests), port);
        server.close();

        const all = Array.from({ length: requests }, (_, index) => index + 1);
        // No progress meter either, which curl shows for parallel requests even where it shall be silent.
        expect(stderr).toBe("");
        expect(numbers.sort((a, b) => a - b)).toStrictEqual(all);
        const outcomes = parseOutcomes(stdout, requests);
        expect(outcomes.map(({ cluster }) => cluster)).toStrictEqual(
            all.map((number) => (number % 3 === 0 ? "cluster2" : "cluster1")),
        );
        for (const { milliseconds } of outcomes) {
            expect(milliseconds).toBeGreaterThan(0);
            expect(milliseconds).toBeLessThan(3000);
        }
    }, 15_000);

    test("where nobody answers it still says that it asked, which is no failure to ask", async () => {
        const server = createServer();
        const port = await listen(server);
        await new Promise((resolve) => server.close(resolve));
        const { stdout, code } = await runScript(requestScript(10), port);
        expect(stdout.trim()).not.toBe("");
        expect(code).toBe(0);
        expect(parseOutcomes(stdout, 10).map(({ cluster }) => cluster)).toStrictEqual(
            Array.from({ length: 10 }, () => undefined),
        );
    });
});
