import {
    cacheTag,
    engineReference,
    fullReference,
    shortReference,
} from "../../../src/machine/imageReference";

const digest = `sha256:${"0df5b275".repeat(8)}`;

test.each([
    ["nginx", "docker.io/library/nginx:latest"],
    ["nginx:1", "docker.io/library/nginx:1"],
    ["lab/x-wing:local", "docker.io/lab/x-wing:local"],
    ["docker.io/lab/x-wing:local", "docker.io/lab/x-wing:local"],
    ["localhost/x", "localhost/x:latest"],
    ["127.0.0.1:5000/lab/x", "127.0.0.1:5000/lab/x:latest"],
    ["registry.class:5000/x:2", "registry.class:5000/x:2"],
    [`quay.io/cilium/cilium:v1.19.6@${digest}`, `quay.io/cilium/cilium@${digest}`],
    [`127.0.0.1:5000/x@${digest}`, `127.0.0.1:5000/x@${digest}`],
])("%s is %s in a node", (reference, full) => {
    expect(fullReference(reference)).toBe(full);
});

test.each([
    ["nginx:1", "nginx:1"],
    ["registry.class:5000/x", "registry.class:5000/x"],
    [`quay.io/cilium/cilium:v1@${digest}`, `quay.io/cilium/cilium@${digest}`],
    [`127.0.0.1:5000/x:2@${digest}`, `127.0.0.1:5000/x@${digest}`],
    [`127.0.0.1:5000/x@${digest}`, `127.0.0.1:5000/x@${digest}`],
])("an engine is asked for %s as %s", (reference, asked) => {
    expect(engineReference(reference)).toBe(asked);
});

test("people read a reference without its digest", () => {
    expect(shortReference(`quay.io/cilium/cilium:v1@${digest}`)).toBe("quay.io/cilium/cilium:v1");
    expect(shortReference("nginx:1")).toBe("nginx:1");
});

describe("the lab's own tag", () => {
    test("is one that an engine takes, and tells what it is", () => {
        const tag = cacheTag(`127.0.0.1:5000/lab/cilium:v1.19.6@${digest}`);
        expect(tag).toMatch(
            /^cilium-global-services\/cache:127\.0\.0\.1_5000_lab_cilium_v1\.19\.6-[a-f0-9]{12}$/,
        );
        const longest = cacheTag(`${"long/".repeat(40)}name:tag`);
        expect(longest.split(":")[1]).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/);
    });

    test("is the same for the same image and another for another digest", () => {
        expect(cacheTag("nginx")).not.toBe(cacheTag("nginx:1"));
        expect(cacheTag("nginx:1").slice(-12)).toBe(
            cacheTag("docker.io/library/nginx:1").slice(-12),
        );
        expect(cacheTag(`nginx:1@${digest}`)).not.toBe(cacheTag("nginx:1"));
    });
});
