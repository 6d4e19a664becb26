import * as fc from "fast-check";
import { readProject } from "../../src/config/declaration";

/** Keys a config should not choke on: the lab's own, JavaScript's, and anything else. */
export const anyKey: fc.Arbitrary<string> = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...Object.keys(readProject().declarations)) },
    fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty", "", "x".repeat(5000)),
    fc.string({ unit: "binary" }),
);

/** Values a config should not choke on, legal ones among them. */
export const anyValue: fc.Arbitrary<string> = fc.oneof(
    {
        weight: 6,
        arbitrary: fc.constantFrom(
            ...["true", "false", "none", "local", "remote", "0", "1", "2", "20", "10.1.0.0/16"],
            ...["10.3.0.0/24", "nginx:1", "1.19.6", "https://a/", "{}", '{"a":[null]}', ""],
        ),
    },
    fc.constantFrom(
        "-0",
        "1e1",
        "NaN",
        "0x1",
        "null",
        "[]",
        '{"__proto__":{"x":1}}',
        "{".repeat(9),
    ),
    fc.constantFrom(
        "9".repeat(400),
        "a/".repeat(20_000),
        `${"1.".repeat(20_000)}/8`,
        "\u0000\u2028",
    ),
    fc.ipV4().chain((ip) => fc.integer({ min: -1, max: 40 }).map((prefix) => `${ip}/${prefix}`)),
    fc.double().map(String),
    fc.json(),
    fc.string({ unit: "binary", size: "medium" }),
);

/** What a stack may hand to the program, `__proto__` as a key of its own. */
export const anyGiven: fc.Arbitrary<Record<string, string>> = fc
    .array(fc.tuple(anyKey, anyValue), { maxLength: 8 })
    .map((entries) => Object.fromEntries(entries));
