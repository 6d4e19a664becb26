import { isLoopback, proxyFor, proxyText } from "../../../src/machine/proxy";

const https = { HTTPS_PROXY: "http://proxy:3128" };

test.each<[string, Record<string, string>, string | undefined]>([
    ["https://github.com/kind", {}, undefined],
    ["https://github.com/kind", https, "http://proxy:3128/ HTTPS_PROXY"],
    ["https://github.com/kind", { https_proxy: "http://p:1" }, "http://p:1/ https_proxy"],
    ["https://github.com/", { ...https, https_proxy: "http://p:1" }, "http://p:1/ https_proxy"],
    ["https://github.com/", { ...https, https_proxy: "" }, "http://proxy:3128/ HTTPS_PROXY"],
    ["https://github.com/", { HTTPS_PROXY: "proxy:3128" }, "http://proxy:3128/ HTTPS_PROXY"],
    ["https://github.com/", { HTTPS_PROXY: "socks5://p:1080" }, "socks5://p:1080 HTTPS_PROXY"],
    // Each is for its own scheme, as to curl and Go; a proxy for HTTP is none for HTTPS.
    ["https://github.com/", { HTTP_PROXY: "http://p:1" }, undefined],
    ["http://charts.example/", https, undefined],
    ["http://charts.example/", { http_proxy: "http://p:1" }, "http://p:1/ http_proxy"],
    ["oci://quay.io/cilium/charts", https, undefined],
    ["no URL", https, undefined],
])("to %s with %j goes %s", (url, env, expected) => {
    const proxy = proxyFor(url, env);
    expect(proxy && `${proxy.url} ${proxy.by}`).toBe(expected);
});

test.each<[string, string, boolean]>([
    ["*", "https://github.com", true],
    ["github.com", "https://github.com", true],
    ["github.com", "https://api.github.com", true],
    [".github.com", "https://api.github.com", true],
    ["*.github.com", "https://api.github.com", true],
    ["GitHub.com", "https://github.com", true],
    ["a.example, github.com", "https://github.com", true],
    ["a.example github.com", "https://github.com", true],
    ["github.com:443", "https://github.com", true],
    ["github.com:8443", "https://github.com", false],
    ["hub.com", "https://github.com", false],
    ["github.com.example", "https://github.com", false],
    ["10.1.2.3", "https://10.1.2.3:6443", true],
    ["10.1.2.3:6443", "https://10.1.2.3:6443", true],
    ["10.1.2.3:6443", "https://10.1.2.3", false],
    ["10.0.0.0/8", "https://10.1.2.3:6443", true],
    ["10.0.0.0/8", "https://11.1.2.3:6443", false],
    ["10.0.0.0/8", "https://github.com", false],
    ["10.0.0.0/99", "https://10.1.2.3", false],
    ["2.3", "https://10.1.2.3", false],
    ["fd00::/8", "https://[fd00::1]:6443", true],
    ["[fd00::1]:6443", "https://[fd00::1]:6443", true],
    ["fd00::1", "https://[fd00::1]:6443", true],
    ["", "https://github.com", false],
])("NO_PROXY %j lets %s past the proxy: %s", (NO_PROXY, url, isPast) => {
    expect(proxyFor(url, { ...https, NO_PROXY }) === undefined).toBe(isPast);
    expect(proxyFor(url, { ...https, no_proxy: NO_PROXY }) === undefined).toBe(isPast);
});

test.each(["https://localhost:6443", "https://127.0.0.1:34567", "https://[::1]:6443"])(
    "%s is this machine, which no proxy leads to",
    (url) => {
        expect(proxyFor(url, https)).toBeUndefined();
        expect(isLoopback(new URL(url).hostname.replace(/[[\]]/g, ""))).toBe(true);
    },
);

test.each([
    ["ftp://proxy:21", '"ftp://proxy:21"'],
    ["http://", '"http://"'],
    ["http://me:secret@pro xy", '"http://me:***@pro xy"'],
])("a variable that names no proxy (%s) is said to, without a password", (given, shown) => {
    expect(() => proxyFor("https://github.com", { HTTPS_PROXY: given })).toThrow(
        `HTTPS_PROXY is ${shown}; it must be the URL of a proxy, http://host:port`,
    );
});

test("a proxy is told with its variable and without its password", () => {
    const proxy = proxyFor("https://github.com", { https_proxy: "http://me:secret@proxy:3128" })!;
    expect(proxy.url).toContain("secret");
    expect(proxyText(proxy)).toBe("http://me:***@proxy:3128 (https_proxy)");
});
