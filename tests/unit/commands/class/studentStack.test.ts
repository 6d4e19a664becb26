import * as fc from "fast-check";
import { plainName, studentStack } from "../../../../src/commands/class/studentStack";
import { kindClusterName, shortHash } from "../../../../src/machine/names";

function hashed(name: string): string {
    return shortHash(plainName(name)).slice(0, 6);
}

test.each([
    ["Ada Lovelace", "class-ada-lovelace"],
    ["  ada   LOVELACE ", "class-ada-lovelace"],
    ["Jürgen Groß", "class-jurgen-gross"],
    ["Søren Łukasz", "class-soren-lukasz"],
    ["O’Brien, Pat", "class-o-brien-pat"],
    ["Team 7", "class-team-7"],
    ["Gal·la", "class-gal-la"],
    ["Ada\u00a0Lovelace", "class-ada-lovelace"],
    ["x".repeat(24), `class-${"x".repeat(24)}`],
])("%j has the stack %s", (name, stack) => {
    expect(studentStack(name)).toBe(stack);
});

test.each([
    ["李雷", ""],
    ["Ada 李", "ada-"],
    ["कि", ""],
    ["x".repeat(25), `${"x".repeat(17)}-`],
    ["Wolfeschlegelsteinhausenbergerdorff", "wolfeschlegelstei-"],
])("%j, which ASCII cannot spell in 24 characters, has a hash of the whole name", (name, begin) => {
    expect(studentStack(name)).toBe(`class-${begin}${hashed(name)}`);
});

test("composed and decomposed letters are the same name and the same stack", () => {
    const name = "Zoë Åkerström";
    expect(plainName(name.normalize("NFD"))).toBe(plainName(name));
    expect(studentStack(name.normalize("NFD"))).toBe(studentStack(name));
});

test("every name has a stack that a kind cluster's name takes as it is", () => {
    fc.assert(
        fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (name) => {
            const stack = studentStack(name);
            expect(stack).toMatch(/^class-[a-z0-9]+(-[a-z0-9]+)*$/);
            expect(kindClusterName(stack, "cluster1")).toBe(`mesh-${stack}-cluster1`);
        }),
    );
});
