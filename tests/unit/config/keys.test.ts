import { Project, rawValue, readProject } from "../../../src/config/declaration";
import { limitOf, oldestCilium } from "../../../src/config/keys";
import { parseLabConfig } from "../../../src/config/parseLabConfig";
import { quote } from "../../../src/config/problem";
import { configLimits } from "../../support/configLimits";

const project = readProject();

function defaultOf(key: string): string {
    return rawValue(project.declarations[key]!.default);
}

function problemsWith(given: Record<string, string>) {
    return parseLabConfig(given, project).problems;
}

test("every declared key has its limits tested here", () => {
    expect(Object.keys(configLimits).sort()).toStrictEqual(
        Object.keys(project.declarations).sort(),
    );
});

describe.each(Object.entries(configLimits))("%s", (key, { must, legal, illegal, needs }) => {
    test("takes what is legal", () => {
        expect(legal.flatMap((value) => problemsWith({ ...needs, [key]: value }))).toStrictEqual(
            [],
        );
    });

    test("refuses what is not, with what is legal and a command that mends it", () => {
        // Pulumi refuses `config set` with a text for an object, `{}` too.
        const fix =
            key === "ciliumValues"
                ? "pulumi config rm ciliumValues"
                : `pulumi config set ${key} ${defaultOf(key) === "" ? '""' : defaultOf(key)}`;
        for (const value of illegal) {
            const message = `${key} is ${quote(value)}; it must be ${must}.`;
            expect(problemsWith({ [key]: value })).toStrictEqual([{ message, fix }]);
        }
    });
});

test("a default is within its own limit", () => {
    const illegal = Object.keys(project.declarations).filter(
        (key) => !limitOf(project, key).allows(defaultOf(key)),
    );
    expect(illegal).toStrictEqual([]);
});

test("the oldest Cilium is the one that Pulumi.yaml and the message name", () => {
    expect(limitOf(project, "ciliumVersion").legal).toContain(`${oldestCilium} or later`);
    expect(project.declarations.ciliumVersion!.description).toContain(`${oldestCilium} or later`);
});

test.each<[Project["declarations"][string]["type"], string, readonly string[], readonly string[]]>([
    ["boolean", "one of true, false", ["true", "false"], ["", "yes"]],
    [
        "integer",
        `a whole number from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`,
        ["0", "-1", "123456789012345"],
        ["", "-0", "01", "1.5", "9".repeat(17), "x"],
    ],
    ["string", "a text", ["", " ", "x"], []],
    ["object", "an object", ["{}", '{"a":1}'], ["", "[]", "null", "1", "{"]],
])("a declared %s without a limit of its own is %s", (type, legal, allowed, refused) => {
    const declarations = { own: { type, description: "", default: "" } };
    const limit = limitOf({ name: "p", declarations }, "own");
    expect(limit.legal).toBe(legal);
    expect(allowed.filter((value) => !limit.allows(value))).toStrictEqual([]);
    expect(refused.filter((value) => limit.allows(value))).toStrictEqual([]);
});
