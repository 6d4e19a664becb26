import * as https from "node:https";
import { apiServerOf } from "./kubeconfig";

/** What came of one question to an API server whether it is ready. */
export type ApiAnswer =
    | { readonly state: "ready" }
    /** Somebody answers there, but not as a ready API server that the kubeconfig trusts. */
    | { readonly state: "unready"; readonly reason: string }
    /** It was asked and said nothing. */
    | { readonly state: "silent"; readonly reason: string }
    /** It could not be asked, which tells nothing of it. */
    | { readonly state: "unasked"; readonly reason: string };

/** What the network says where nobody answers. Whatever else goes wrong is no silence. */
const silentCodes = [
    ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"],
    ...["EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH"],
];

/**
 * Asks the API server of a kubeconfig whether it is ready. Never rejects.
 *
 * @param withinMs Longest time without a word from it, in milliseconds.
 * @see https://kubernetes.io/docs/reference/using-api/health-checks/
 */
export function askApiServer(kubeconfig: string, withinMs = 2000): Promise<ApiAnswer> {
    const server = apiServerOf(kubeconfig);
    if (server === undefined) {
        return Promise.resolve({ state: "unasked", reason: "its kubeconfig is damaged" });
    }
    const asking = new Promise<ApiAnswer>((resolve) => {
        const late = Object.assign(new Error(`no answer within ${withinMs / 1000} s`), {
            code: "ETIMEDOUT",
        });
        const request = https.get(
            server.url,
            { ca: server.ca, timeout: withinMs, agent: false },
            (response) => {
                response.resume();
                resolve(
                    response.statusCode === 200
                        ? { state: "ready" }
                        : { state: "unready", reason: `HTTP ${response.statusCode}` },
                );
            },
        );
        request.on("timeout", () => request.destroy(late));
        request.on("error", (error) => resolve(failure(error)));
    });
    // A certificate that is none is refused before anything is sent.
    return asking.catch(failure);
}

function failure({ code = "", message }: NodeJS.ErrnoException): ApiAnswer {
    if (silentCodes.includes(code)) {
        return { state: "silent", reason: message };
    }
    // What Node and OpenSSL say of a certificate; somebody has sent it.
    return /CERT|SSL|TLS|ISSUER|SIGN|VERIFY/.test(code)
        ? { state: "unready", reason: message }
        : { state: "unasked", reason: message };
}

/** Whether the API server of a kubeconfig says that it is ready. Never rejects. */
export async function isApiReady(kubeconfig: string): Promise<boolean> {
    return (await askApiServer(kubeconfig)).state === "ready";
}
