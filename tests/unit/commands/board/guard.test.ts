import { admission, safeHeaders } from "../../../../src/commands/board/guard";

const secrets = { port: 4711, token: "t0ken", session: "s3ssion" };
const own = { host: "127.0.0.1:4711", cookie: "board-4711=s3ssion" };

function kindOf(method: string, url: string, headers: Record<string, string>) {
    const result = admission({ method, url, headers }, secrets);
    return result.kind === "refused" ? result.status : result.kind;
}

describe("a request", () => {
    test("with the cookie is let in, by either name of the loopback", () => {
        expect(kindOf("GET", "/", own)).toBe("admitted");
        expect(kindOf("GET", "/", { ...own, host: "localhost:4711" })).toBe("admitted");
        expect(kindOf("GET", "/", { ...own, cookie: `a=b; ${own.cookie}; c=d` })).toBe("admitted");
    });

    test("with the token gets the cookie, and without both is refused", () => {
        expect(kindOf("GET", "/?token=t0ken", { host: own.host })).toBe("welcome");
        expect(kindOf("GET", "/?token=t0keN", { host: own.host })).toBe(401);
        expect(kindOf("GET", "/?token=", { host: own.host })).toBe(401);
        expect(kindOf("GET", "/", { host: own.host })).toBe(401);
        expect(kindOf("GET", "/client.js", { ...own, cookie: "board-4711=other" })).toBe(401);
        expect(kindOf("GET", "/", { ...own, cookie: "board-4712=s3ssion" })).toBe(401);
    });

    test("under another name is refused, whatever it has: names can be made to lead here", () => {
        for (const host of ["evil.example", "evil.example:4711", "127.0.0.1", "127.0.0.1:4712"]) {
            expect(kindOf("GET", "/", { ...own, host })).toBe(403);
            expect(kindOf("GET", "/?token=t0ken", { ...own, host })).toBe(403);
        }
        expect(kindOf("GET", "/", { cookie: own.cookie })).toBe(403);
    });

    test("of another page is refused, and a change must say that it is of this one", () => {
        const origin = "http://127.0.0.1:4711";
        expect(kindOf("POST", "/change", { ...own, origin })).toBe("admitted");
        expect(kindOf("POST", "/change", own)).toBe(403);
        for (const other of ["null", "http://evil.example", "https://127.0.0.1:4711"]) {
            expect(kindOf("POST", "/change", { ...own, origin: other })).toBe(403);
            expect(kindOf("GET", "/events", { ...own, origin: other })).toBe(403);
        }
    });

    test("of another kind, or to no address, is refused", () => {
        expect(kindOf("PUT", "/", own)).toBe(405);
        expect(kindOf("OPTIONS", "/", own)).toBe(405);
        expect(kindOf("GET", "http://evil.example/", own)).toBe(400);
    });
});

test("the page may load nothing from elsewhere, and run nothing that stands in it", () => {
    const policy = safeHeaders["Content-Security-Policy"]!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    expect(policy).not.toMatch(/https?:|\*/);
});
