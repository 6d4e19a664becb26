import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { paddedSize, tarHeader } from "../../../../src/machine/tar";
import { readChartKeys, unknownValues } from "../../../../src/mesh/cilium/chartKeys";

const folder = mkdtempSync(join(tmpdir(), "chart-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));

const schema = {
    properties: {
        debug: { properties: { enabled: {} } },
        resources: { properties: { limits: {} } },
        podAnnotations: {},
        operator: { properties: { replicas: {}, nodeSelector: { properties: { os: {} } } } },
    },
};
const files = {
    "values.yaml": `debug: {enabled: false}
podAnnotations: {}
resources: {}
operator: {replicas: 2, nodeSelector: {os: linux}}
onlyHere: {a: 1}
# monitorAggregation: medium
`,
    "values.schema.json": JSON.stringify(schema),
    "templates/a.yaml": "{{ .Values.policyAuditMode }} {{ .Values.operator.unlisted }}",
    "templates/deep/b.yaml": "{{ with .Values.operator }}{{ .secretOption }}{{ end }}",
    "README.md": "notthere",
};

/** The chart as a folder and as Helm packs it, some of its files only. */
function charts(names = Object.keys(files)): string[] {
    const plain = mkdtempSync(join(folder, "cilium-"));
    const blocks = names.flatMap((name) => {
        const content = Buffer.from(files[name as keyof typeof files]);
        mkdirSync(dirname(join(plain, name)), { recursive: true });
        writeFileSync(join(plain, name), content);
        const rest = Buffer.alloc(paddedSize(content.length) - content.length);
        return [tarHeader(`cilium/${name}`, content.length, 0o644), content, rest];
    });
    const packed = `${plain}.tgz`;
    writeFileSync(packed, gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)])));
    return [plain, packed];
}

const [plain, packed] = charts() as [string, string];

describe.each([
    ["a folder", plain],
    ["a packed chart", packed],
])("of %s", (_, chart) => {
    const unknown = (values: object) =>
        unknownValues(values as Record<string, unknown>, readChartKeys(chart)!, "cilium 1.20.2");

    test.each<[object, string, string]>([
        [{ debg: {} }, "debg", "; did you mean debug?"],
        [{ debug: { enbled: true } }, "debug.enbled", "; did you mean debug.enabled?"],
        [{ operator: { replica: 1 } }, "operator.replica", "; did you mean operator.replicas?"],
        [{ onlyHere: { aa: 1 } }, "onlyHere.aa", "; did you mean onlyHere.a?"],
        [{ somethingElseAltogether: 1 }, "somethingElseAltogether", "."],
    ])("the mistyped key of %j is refused with what was meant", (values, key, hint) => {
        expect(unknown(values)).toEqual([
            {
                message: `ciliumValues has ${key}, which chart cilium 1.20.2 does not know${hint}`,
                fix: `pulumi config rm --path ciliumValues.${key}`,
            },
        ]);
    });

    test.each<object>([
        { debug: { enabled: true }, global: { mine: 1 } },
        { podAnnotations: { "mine/any": "x" }, resources: { requests: {} } },
        { operator: { nodeSelector: { "mine/any": "x" } } },
        { policyAuditMode: true, monitorAggregation: "none" },
        { operator: { unlisted: 1, secretOption: 2 } },
        { debug: false },
    ])("the values %j are known, or free, or read by a template", (values) => {
        expect(unknown(values)).toEqual([]);
    });

    test("a dot in a key is taken for one by the command that removes it", () => {
        expect(unknown({ debug: { "a.b": 1 } })[0]!.fix).toBe(
            `pulumi config rm --path 'ciliumValues.debug["a.b"]'`,
        );
    });

    test("a key that a terminal or a shell could take for something is only named", () => {
        expect(unknown({ "we\u001b[2Jird $(x)": 1 })).toEqual([
            {
                message: "ciliumValues has weird $(x), which chart cilium 1.20.2 does not know.",
                fix: "take it out of the stack's config file",
            },
        ]);
    });
});

test("a chart without a schema is judged by its values alone", () => {
    for (const chart of charts(["values.yaml"])) {
        const keys = readChartKeys(chart)!;
        expect(unknownValues({ debg: 1, debug: { enabled: true } }, keys, "x")).toHaveLength(1);
    }
});

test("what is no chart, or not here, is not judged", () => {
    const [noValues] = charts(["README.md"]);
    const noTar = join(folder, "x.tgz");
    writeFileSync(noTar, "no tar");
    for (const chart of [noValues!, noTar, "oci://quay.io/cilium/charts/cilium", "/none"]) {
        expect(readChartKeys(chart)).toBeUndefined();
    }
});
