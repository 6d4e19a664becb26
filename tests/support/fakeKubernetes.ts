import { createServer } from "node:http";
import { AddressInfo } from "node:net";
import { kubeconfigFor } from "./fakeApiServer";

/** An API server on the loopback that has what it is given, and notes what it is asked. */
export interface FakeKubernetes {
    readonly kubeconfig: string;
    readonly server: string;
    /** Method and URL of every question. */
    readonly asked: readonly string[];
    /** What the questions that had one sent as their token, each once. */
    readonly tokens: readonly string[];
    readonly close: () => Promise<void>;
}

/** What it answers: an object, a status, or what the number of the question decides. */
export type FakeAnswer = object | number | ((call: number) => object);

/** @param answers By path; any other path has an empty list. */
export async function startFakeKubernetes(
    answers: Readonly<Record<string, FakeAnswer>>,
): Promise<FakeKubernetes> {
    const asked: string[] = [];
    const tokens: string[] = [];
    const listener = createServer((request, response) => {
        const { pathname, searchParams } = new URL(request.url ?? "/", "http://fake");
        const { authorization = "" } = request.headers;
        if (authorization !== "" && !tokens.includes(authorization)) {
            tokens.push(authorization);
        }
        const selector = searchParams.get("labelSelector");
        asked.push(`${request.method} ${pathname}${selector === null ? "" : ` ${selector}`}`);
        const given = answers[pathname] ?? { items: [] };
        const calls = asked.filter((one) => one.split(" ")[1] === pathname).length;
        const answer =
            typeof given === "function" ? (given as (call: number) => object)(calls) : given;
        const code = typeof answer === "number" ? answer : 200;
        response.writeHead(code, { "content-type": "application/json" });
        response.end(JSON.stringify(typeof answer === "number" ? { kind: "Status" } : answer));
    });
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    const server = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    return {
        kubeconfig: kubeconfigFor(server),
        server,
        asked,
        tokens,
        close: () =>
            new Promise((resolve) => {
                listener.closeAllConnections();
                listener.close(() => resolve());
            }),
    };
}
