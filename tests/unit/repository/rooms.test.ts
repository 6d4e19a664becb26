import { spawnSync } from "node:child_process";
import { projectRoot } from "../../../src/config/declaration";

interface Finding {
    readonly ruleId: string;
    readonly message: string;
}

const paths = "import-x/no-restricted-paths";
const packages = "no-restricted-imports";

/** A file of `src`, what it would import, the rule that finds it and the beginning of its words. */
const cases: [string, string, string?, string?][] = [
    ["src/config/cidr.ts", "../machine/run", paths, "src/config may import no other room"],
    ["src/machine/run.ts", "../lab/wording", paths, "src/machine may import src/config:"],
    ["src/lab/wording.ts", "../mesh/preflight", paths, "src/lab may import src/config, src/mach"],
    ["src/mesh/preflight.ts", "../proof/verify/verify", paths, "src/mesh may import"],
    ["src/proof/report/page.ts", "../../stack/stack", paths, "src/proof may import"],
    ["src/program/outputs.ts", "../stack/stack", paths, "src/program may import"],
    ["src/stack/stack.ts", "../program/outputs", paths, "src/stack may import"],
    ["src/stack/stack.ts", "../commands/command", paths, "src/stack may import"],
    ["src/commands/up.ts", "../../bench/plan", paths, "src/commands may import"],
    ["src/mesh/kube/client.ts", "../kind/record", paths, "src/mesh/kube may import"],
    ["src/mesh/kind/wake.ts", "../existing/record", paths, "src/mesh/kind may import"],
    ["src/proof/drift/drift.ts", "../verify/verify", paths, "src/proof/drift may import"],
    ["src/proof/verify/verify.ts", "../report/page", paths, "src/proof/verify may import"],
    ["src/stack/stack.ts", "@pulumi/pulumi", packages, "'@pulumi/pulumi' import"],
    ["src/mesh/preflight.ts", "@pulumi/kubernetes", packages, "'@pulumi/kubernetes' import"],
    ["src/stack/automation.ts", "@pulumi/pulumi"],
    ["src/program/outputs.ts", "@pulumi/pulumi"],
    ["src/commands/env.ts", "../stack/stack"],
];

/** What lint says of each case, by the rules about rooms alone: those need no type information. */
function lintAll(): Finding[][] {
    const script = `
        import { ESLint } from "eslint";
        import tseslint from "typescript-eslint";
        import { roomRules } from "./eslint.config.mjs";
        const parser = { files: ["**/*.ts"], languageOptions: { parser: tseslint.parser } };
        const lint = new ESLint({ overrideConfigFile: true, overrideConfig: [parser, ...roomRules] });
        const results = [];
        for (const [filePath, imported] of JSON.parse(process.argv[1])) {
            results.push(await lint.lintText('export * from "' + imported + '";', { filePath }));
        }
        process.stdout.write(JSON.stringify(results.map(([{ messages }]) => messages)));`;
    const args = ["--input-type=module", "--eval", script, "--", JSON.stringify(cases)];
    const { stdout, stderr } = spawnSync(process.execPath, args, {
        cwd: projectRoot,
        encoding: "utf8",
    });
    if (stdout === "") {
        throw new Error(stderr);
    }
    return JSON.parse(stdout) as Finding[][];
}

let findings: Finding[][];

beforeAll(() => {
    findings = lintAll();
}, 120_000);

it.each(cases.map((one, index) => [...one.slice(0, 2), index] as [string, string, number]))(
    "what lint says where %s imports %s",
    (_file, _imported, index) => {
        const [, , ruleId, message] = cases[index]!;
        const found = findings[index]!;

        expect(found.map((one) => one.ruleId).includes(paths)).toBe(ruleId === paths);
        expect(found.find((one) => one.ruleId === ruleId)?.message ?? "").toContain(message ?? "");
    },
);
