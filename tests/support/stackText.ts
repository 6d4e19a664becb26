import * as fc from "fast-check";
import { withClusters } from "../../src/config/clusters";
import { rawValue, readProject } from "../../src/config/declaration";
import { configLimits } from "./configLimits";
import { anyValue } from "./configText";

const { name: project, declarations } = withClusters(readProject(), ["cluster3"]);
const keys = Object.keys(declarations);

/** Characters that look like another one, that cannot be seen, or that mean something to somebody. */
const oddCharacters = [
    ..."\u0000\u0007\u001b\u007f\u0085\u009b\u00a0\u00ad\u200b\u202e\u2028\ufeff\ud800о١ß💥",
    ..." \t\n\r'\"`$;&|<>(){}[]*?!#%~\\/:@,.=+-_",
];

/** A text with one odd character put in somewhere. */
function spoiled(text: string): fc.Arbitrary<string> {
    return fc
        .tuple(fc.constantFrom(...oddCharacters), fc.nat({ max: text.length }))
        .map(([odd, at]) => text.slice(0, at) + odd + text.slice(at));
}

/** A value for a declared key: legal, nearly legal, or anything. */
export function anyValueOf(key: string): fc.Arbitrary<string> {
    const example = rawValue(declarations[key]!.default);
    const { legal, illegal } = configLimits[key] ?? { legal: [example], illegal: [""] };
    return fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...legal) },
        { weight: 2, arbitrary: fc.constantFrom(...legal).chain(spoiled) },
        fc.constantFrom(...illegal),
        anyValue,
    );
}

/** Settings of declared keys, as Pulumi hands them to the program: many are legal. */
export const anySettings: fc.Arbitrary<Record<string, string>> = fc
    .uniqueArray(
        fc.constantFrom(...keys).chain((key) => fc.tuple(fc.constant(key), anyValueOf(key))),
        { maxLength: 5, selector: ([key]) => key },
    )
    .map((settings) => Object.fromEntries(settings));

/** Values as somebody may write them into a stack file, valid YAML or not. */
const oddYaml = [
    ...["", "~", "null", "yes", "no", "on", "Off", "True", "FALSE", "y", "''", '""', "|", ">-"],
    ...[
        "0x10",
        "0o7",
        "010",
        "08",
        "0b11",
        "1e1",
        "1e3",
        "1e400",
        "1.0",
        "+1",
        "-0",
        "1_0",
        "1:30",
    ],
    ...[
        ".nan",
        ".inf",
        "9".repeat(400),
        "2024-01-01",
        "2024-01-01T00:00:00Z",
        "!!str 3",
        "!!int x",
    ],
    ...[
        "!!binary aGk=",
        "!!set {a}",
        "!foo bar",
        "!<%1b> x",
        "!!float 3",
        "*none",
        `*${"a".repeat(999)}`,
    ],
    ...[
        "[]",
        "[1]",
        "[[]]",
        "{}",
        "{a: 1}",
        "{a: {b: [~, 2024-01-01, 0x1]}}",
        "{<<: {a: 1}}",
        "{? [a] : b}",
    ],
    ...[
        "&x {a: *x}",
        "&y [*y]",
        "{secure: v1:abc}",
        "{secure: 1}",
        "{secure: a, b: 1}",
        "{secure: ~}",
    ],
    ...["{__proto__: {a: 1}}", "{constructor: 1, then: 2}", "[".repeat(200), "{a: ".repeat(50)],
    ...[
        "- 1",
        "a: b",
        "@x",
        "%x",
        "`x`",
        '"\\ud800"',
        '"\\x1b[31m"',
        '"\\0"',
        "\u0000",
        "\u0085",
        "\u2028",
    ],
    ...["a #b", "a: b: c", "'", '"', "\ud800", "ａ", "a\n   b", "|\n    a\n    b", "? x", "<<"],
];

/** Keys as somebody may write them. */
const oddKeys = [
    ...[
        "<<",
        "~",
        "5",
        "true",
        "''",
        "'a b'",
        "? {a: 1}\n ",
        "[a]",
        "a:b:c:d",
        "':x'",
        "'x:'",
        "__proto__",
    ],
    ...[
        "kubernetes:context",
        "pulumi:tags",
        `${project}:`,
        `${project}:x:y`,
        `${project}-2:podCidr`,
    ],
    ...['"\\x1b[31m"', '"a\\nb"', "'$(id)'", "'; rm x'", '"--force"', "sharedServcie", "ｐodCidr"],
];

const anyYamlKey = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...keys).map((key) => `${project}:${key}`) },
    { weight: 2, arbitrary: fc.constantFrom(...keys) },
    fc.constantFrom(...keys).map((key) => `${project}:config:${key}`),
    fc.constantFrom(...oddKeys),
    fc.string({ unit: "binary" }).map((text) => JSON.stringify(text)),
);

const anyYamlValue = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...oddYaml) },
    fc.string({ unit: "binary" }),
    anyValue.map((text) => JSON.stringify(text)),
);

/** One line of a config: a key of the lab with a value for it, or anything. */
const anyLine = fc.oneof(
    {
        weight: 3,
        arbitrary: fc
            .constantFrom(...keys)
            .chain((key) =>
                anyValueOf(key).map((value) => `${project}:${key}: ${JSON.stringify(value)}`),
            ),
    },
    fc.tuple(anyYamlKey, anyYamlValue).map(([key, value]) => `${key}: ${value}`),
);

/** What stands before the config. */
const heads = [
    ...["", "", "", "", "# a comment\n", "---\n", "%YAML 1.2\n---\n", "\ufeff", "x: &x {a: 1}\n"],
    ...[
        "encryptionsalt: v1:abc\n",
        "encryptionsalt: [1]\n",
        "secretsprovider: x\n",
        "config: {}\n",
    ],
    ...["&a a: 1\n", "\t", "\u0000", "- 1\n", "<<: 5\n"],
];

/** What stands after it. */
const tails = [
    ...[
        "",
        "",
        "",
        "",
        "\n",
        "...\n",
        "---\n",
        "---\nconfig: {}\n",
        "environment: [x]\n",
        "foo: bar\n",
    ],
    ...["\u0000", "}", "  - 1\n", "\t", "\ud800", "#".repeat(100_000)],
];

/** Configs that are none. */
const noConfigs = [
    "config:",
    "config: 5",
    "config: text",
    "config: [a, b]",
    "config: &c {a: *c}",
    "",
];

/** The text of a stack file, with everything that people and editors do to YAML. */
export const anyStackText: fc.Arbitrary<string> = fc
    .record({
        head: fc.constantFrom(...heads),
        config: fc.oneof(
            {
                weight: 12,
                arbitrary: fc
                    .tuple(
                        fc.constantFrom("  ", "  ", "  ", "    ", "\t", ""),
                        fc.array(anyLine, { maxLength: 5 }),
                    )
                    .map(([indent, lines]) =>
                        ["config:", ...lines.map((line) => indent + line)].join("\n"),
                    ),
            },
            fc.constantFrom(...noConfigs),
            fc.string({ unit: "binary" }),
        ),
        tail: fc.constantFrom(...tails),
        newline: fc.constantFrom("\n", "\n", "\r\n", "\r"),
    })
    .map(({ head, config, tail, newline }) =>
        `${head}${config}\n${tail}`.replaceAll("\n", newline),
    );
