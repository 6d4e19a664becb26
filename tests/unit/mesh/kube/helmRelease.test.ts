import { gzipSync } from "node:zlib";
import {
    mostManifestBytes,
    mostReleaseBytes,
    releaseConfig,
    releaseObjects,
    revisionOf,
} from "../../../../src/mesh/kube/helmRelease";
import { LiveObject } from "../../../../src/mesh/kube/objects";

/** A Secret of Helm's with that text in it. */
function secret(text: string): LiveObject {
    const zipped = gzipSync(text).toString("base64");
    return { kind: "Secret", data: { release: Buffer.from(zipped).toString("base64") } };
}

const manifest =
    "---\nkind: Secret\nmetadata: {name: a, namespace: b}\n---\n---\nkind: DaemonSet\nmetadata: {name: c}\n";

test("the objects and the values of a release are read", () => {
    const one = secret(JSON.stringify({ manifest, config: { debug: true } }));
    expect(releaseObjects(one)).toEqual([
        { kind: "Secret", name: "a", namespace: "b" },
        { kind: "DaemonSet", name: "c" },
    ]);
    expect(releaseConfig(one)).toEqual({ debug: true });
});

test.each<[string, LiveObject]>([
    ["has no data", { kind: "Secret" }],
    ["has no release", { kind: "Secret", data: {} }],
    ["is not packed", { kind: "Secret", data: { release: "bm9uc2Vuc2U=" } }],
    [
        "is cut off",
        {
            ...secret(manifest),
            data: { release: (secret(manifest).data as { release: string }).release.slice(0, 40) },
        },
    ],
    ["is no JSON", secret("{")],
    ["is a list", secret("[]")],
    ["has no manifest", secret("{}")],
    ["has a manifest that is no text", secret('{"manifest": 7, "config": "x"}')],
    ["has a manifest that is no YAML", secret(JSON.stringify({ manifest: "a: [" }))],
    [
        "is packed to fill the memory",
        secret(JSON.stringify({ manifest: " ".repeat(mostReleaseBytes) })),
    ],
    [
        "has a manifest that would take long",
        secret(JSON.stringify({ manifest: "#".repeat(mostManifestBytes + 1) })),
    ],
])("one that %s is damaged, has no values, and is no error", (_, one) => {
    expect(releaseObjects(one)).toBeUndefined();
    expect(releaseConfig(one)).toEqual({});
});

test("objects without a kind or a name are left out", () => {
    const odd =
        "---\n7\n---\nkind: Secret\n---\nkind: [x]\nmetadata: {name: a}\n---\nkind: A\nmetadata: x\n";
    expect(releaseObjects(secret(JSON.stringify({ manifest: odd })))).toEqual([]);
});

test.each([
    [{ version: "12" }, 12],
    [{ version: "x" }, 0],
    [undefined, 0],
])("a revision's number is its label's: %j", (labels, number) => {
    expect(revisionOf({ kind: "Secret", metadata: { labels: labels as never } })).toBe(number);
});
