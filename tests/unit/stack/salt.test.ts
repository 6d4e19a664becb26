import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import fc from "fast-check";
import * as yaml from "js-yaml";
import { schema, stackFilePath } from "../../../src/config/stackFile";
import { dropSalt, withoutSalt } from "../../../src/stack/salt";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);

const stackFile = stackFilePath("dev");

test("the salt is taken out of the stack's file; no file is made where there is none", () => {
    dropSalt("dev");
    expect(existsSync(stackFile)).toBe(false);
    mkdirSync(dirname(stackFile), { recursive: true });
    writeFileSync(stackFile, "encryptionsalt: v1:abc\nconfig:\n  p:a: 1\n");
    dropSalt("dev");
    expect(readFileSync(stackFile, "utf8")).toBe("config:\n  p:a: 1\n");
});

test.each([
    ["encryptionsalt: v1:abc=\n", ""],
    ["encryptionsalt: v1:abc", ""],
    ["# mine\nencryptionsalt: v1:abc\nconfig:\n  p:a: 1\n", "# mine\nconfig:\n  p:a: 1\n"],
    ["config:\n  p:a: 1\nencryptionsalt: v1:abc\n", "config:\n  p:a: 1\n"],
    ["config:\r\n  p:a: 1\r\nencryptionsalt: v1:abc\r\n", "config:\r\n  p:a: 1\r\n"],
    ['"encryptionsalt": v1:abc\nconfig:\n  p:a: 1\n', "config:\n  p:a: 1\n"],
    ["'encryptionsalt' : v1:abc # old\nconfig: {} # mine\n", "config: {} # mine\n"],
    ["encryptionsalt: >-\n  v1:\n  abc\n# mine\nconfig: {}\n", "# mine\nconfig: {}\n"],
    ["encryptionsalt:\n  v1:abc\nmine: 1\n", "mine: 1\n"],
    ["\uFEFFencryptionsalt: v1:abc\n# mine\nmine: 1\n", "# mine\nmine: 1\n"],
    ["? encryptionsalt\n: v1:abc\n# mine\nmine: 1\n", "# mine\nmine: 1\n"],
    [
        "{\n  # mine\n  encryptionsalt: v1:abc,\n  mine: 1, # one\n}\n",
        "{\n  # mine\n  mine: 1, # one\n}\n",
    ],
    ['{\n  "mine": 1,\n  "encryptionsalt": "v1:abc"\n} # mine\n', '{\n  "mine": 1,\n} # mine\n'],
    ["{mine: 1, encryptionsalt: v1:abc} # mine\n", "{mine: 1, } # mine\n"],
    [
        "%YAML 1.1\n---\nencryptionsalt: v1:abc\nmine: 1 # one\n...\n",
        "%YAML 1.1\n---\nmine: 1 # one\n...\n",
    ],
])("takes the salt out of %j and leaves every other line", (content, expected) => {
    expect(withoutSalt(content)).toBe(expected);
});

test.each([
    "{encryptionsalt: v1:abc, config: {p:a: 1, p:b: '010'}, mine: [a]}",
    '{"encryptionsalt": "v1:abc", "config": {"p:a": "yes", "p:b": "2001-01-01"}, "mine": null}',
    "? encryptionsalt\n: v1:abc\nconfig:\n  p:a: 0.50\nmine: x\n",
    "encryptionsalt: &salt v1:abc\nconfig:\n  p:a: *salt\n",
    "encryptionsalt: v1:abc\nconfig: &c\n  p:a: 010\nmine: *c\n",
])("takes only the salt out of %j, whose lines cannot stay", (content) => {
    const { encryptionsalt, ...rest } = yaml.load(content, { schema }) as Record<string, unknown>;
    const after = withoutSalt(content);
    expect(yaml.load(after, { schema })).toEqual(rest);
    expect(after).not.toContain(`encryptionsalt: ${String(encryptionsalt)}`);
});

test("a text stays a text to Pulumi's parser, which knows dates and more words", () => {
    const after = withoutSalt(
        '{"encryption\\u0073alt": v1:a, mine: {p:a: "2001-01-01", p:b: "y"}}',
    );
    expect(after).toBe("mine:\n  p:a: '2001-01-01'\n  p:b: 'y'\n");
});

test.each([
    "",
    "config:\n  p:a: 1\n",
    "config:\n  p:a: 'encryptionsalt: x'\n",
    "config:\n  encryptionsalt: mine\n",
    "config:\n  p:a: |\n    encryptionsalt: x\n",
    "encryptionsalt: v1:abc\nconfig:\n  p:a:\n    secure: v1:xyz\n",
    "config:\n  p:a:\n    secure: v1:xyz\nencryptionsalt: v1:abc\n",
    "encryptionsalt: v1:abc\nconfig:\n  p:a: {secure: v1:xyz}\n",
    'encryptionsalt: v1:abc\nconfig:\n  p:a: {"secure": "v1:xyz"}\n',
    "encryptionsalt: v1:abc\nconfig:\n  p:a:\n    'secure' : v1:xyz\n",
    "encryptionsalt: v1:abc\nconfig:\n  p:a:\n    ? secure\n    : v1:xyz\n",
    "encryptionsalt: v1:abc\nconfig:\n  p:a:\n    secure:\n      v1:xyz\n",
    "encryptionsalt: v1:abc\nconfig:\n  p:a:\n    list:\n      - secure: v1:xyz\n",
    "encryptionsalt: v1:abc\nbase: &s {secure: v1:xyz}\nconfig:\n  p:a: *s\n",
    '{"encryptionsalt":"v1:abc","config":{"p:a":{"secure":"v1:xyz"}}}',
    "encryptionsalt: v1:abc\nconfig: &all\n  p:a: *all\n  p:b: {secure: v1:xyz}\n",
    "encryptionsalt: v1:abc\nencryptionsalt: v1:def\n",
    "encryptionsalt: v1:abc\nconfig: [\n",
])("leaves %j as it is", (content) => {
    expect(withoutSalt(content)).toBe(content);
});

test("whatever is in a file and however it is written: with an encrypted value it stays, else only the salt goes", () => {
    const values = fc.jsonValue({ maxDepth: 3 });
    const files = fc.dictionary(fc.string(), values, { noNullPrototype: true });
    const styles = fc.constantFrom<(file: object) => string>(
        (file) => yaml.dump(file),
        (file) => yaml.dump(file, { forceQuotes: true }),
        (file) => JSON.stringify(file),
        (file) => JSON.stringify(file, undefined, 2),
    );
    fc.assert(
        fc.property(files, styles, fc.boolean(), (file, style, isEncrypted) => {
            const rest = plain(file);
            delete rest.secure;
            delete rest["__proto__"];
            const more = isEncrypted ? { deep: [{ secure: "v1:x" }] } : {};
            const text = style({ encryptionsalt: "v1:abc", ...rest, ...more });
            const after = withoutSalt(text);
            const isKept = text.includes("secure");
            const { encryptionsalt: salt, ...others } = yaml.load(text, { schema }) as Record<
                string,
                unknown
            >;
            expect(salt).toBe("v1:abc");
            expect(isKept ? after : (yaml.load(after, { schema }) ?? {})).toEqual(
                isKept ? text : others,
            );
        }),
    );
});

/** What JSON keeps of a value, which is what YAML can say of it: no -0. */
function plain(value: Record<string, unknown>): Record<string, unknown> {
    return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
}
