import { inTime, refusalOf } from "../../../../src/mesh/kube/client";
import { CredentialError } from "../../../../src/mesh/kube/credentialPlugin";

/** What comes of an answer with that code, of which the client has words of its own. */
async function refused(code: number, body: unknown): Promise<Error> {
    const error = Object.assign(new Error("HTTP-Code: …\nMessage: …"), { code, body });
    return inTime(Promise.reject<Error>(error)).catch((told: Error) => told);
}

test.each([
    [
        { message: 'pods "a" is forbidden: User "eva" cannot list resource "pods"' },
        'pods "a" is forbidden: User "eva" cannot list resource "pods" (HTTP 403)',
    ],
    [{ message: "line\n\u001b[31mred\u202e" }, "line red\\u202e (HTTP 403)"],
    [{ kind: "Status" }, "HTTP 403"],
    ["<html>no</html>", "HTTP 403"],
    [undefined, "HTTP 403"],
])("an API server that answers %j is quoted in one sentence", async (body, reason) => {
    for (const form of [body, JSON.stringify(body)]) {
        expect((await refused(403, form)).message).toBe(`the API server answers ${reason}`);
    }
});

test.each<[string, Error | Promise<Error>, string]>([
    ["it refuses", refused(404, { message: "no such path" }), "refuses (no such path (HTTP 404))"],
    ["it refuses without a word", refused(404, ""), "refuses (HTTP 404)"],
    [
        "nobody is there",
        Object.assign(new Error("request to https://a failed"), {
            cause: new Error("connect ECONNREFUSED 127.0.0.1:1"),
        }),
        "does not answer (connect ECONNREFUSED 127.0.0.1:1)",
    ],
    [
        "it says nothing in time",
        new Error("no answer within 10 s"),
        "does not answer (no answer within 10 s)",
    ],
    ["an error says nothing", new Error(""), "does not answer (it says nothing)"],
    [
        "a plugin gives no credential",
        new CredentialError("the credential plugin aws of its kubeconfig is not there"),
        "cannot be asked: the credential plugin aws of its kubeconfig is not there",
    ],
    [
        "a page of somebody else's comes",
        new Error("The mediaType text/html is not supported by ObjectSerializer.parse."),
        "answers, but not as an API server does",
    ],
    [
        "it speaks no JSON",
        new SyntaxError("Unexpected token"),
        "answers, but not as an API server does",
    ],
    [
        "its answer is another",
        new TypeError("reading 'uid'"),
        "answers, but not as an API server does",
    ],
    [
        "a request cannot be made",
        Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL" }),
        "does not answer (Invalid URL)",
    ],
])("where %s, what is said of the API server is a whole sentence", async (_, error, sentence) => {
    expect(refusalOf(await error)).toBe(sentence);
});
