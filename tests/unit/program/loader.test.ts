import { spawnSync } from "node:child_process";
import { projectRoot } from "../../../src/config/declaration";

/** What a script prints that is loaded as Pulumi's program is. */
function loaded(script: string): unknown {
    const { stdout, stderr } = spawnSync(
        process.execPath,
        ["--no-warnings", "--require", "./src/loader.cjs", "-e", script],
        { cwd: projectRoot, encoding: "utf8", env: { PATH: process.env.PATH } },
    );
    expect(stderr).toBe("");
    return JSON.parse(stdout);
}

jest.setTimeout(60_000);

test("the SDK comes without the packages that only serialize functions, and they come when one is serialized", () => {
    expect(
        loaded(`
            const pulumi = require("@pulumi/pulumi");
            const has = () => ["typescript", "@npmcli/arborist"].map((name) => require.resolve(name) in require.cache);
            const before = has();
            const { computeCodePaths, serializeFunction } = pulumi.runtime;
            serializeFunction(() => 42).then(async ({ text }) => {
                const paths = await computeCodePaths({ extraIncludePackages: ["semver"] });
                const isThere = [...paths.keys()].includes("node_modules/semver");
                console.log(JSON.stringify({ before, after: has(), text: text.includes("return () => 42"), isThere }));
            });
        `),
    ).toEqual({ before: [false, false], after: [true, true], text: true, isThere: true });
});

test("whoever else asks for them gets them themselves", () => {
    const script = `console.log(JSON.stringify(Object.keys(require("typescript")).length > 1000))`;
    expect(loaded(script)).toBe(true);
});

test("the program's own TypeScript is loaded", () => {
    const script = `console.log(JSON.stringify(require("./src/machine/names.ts").kindClusterName("dev", "cluster1")))`;
    expect(loaded(script)).toBe("mesh-dev-cluster1");
});

test("without typescript, Pulumi takes its own", () => {
    expect(
        loaded(`
            const Module = require("node:module");
            const find = Module._resolveFilename;
            Module._resolveFilename = (request, ...more) => {
                if (request === "typescript") {
                    throw new Error("Cannot find module 'typescript'");
                }
                return find(request, ...more);
            };
            require("@pulumi/pulumi");
            console.log(JSON.stringify(Object.keys(require.cache).some((path) => path.includes("vendor/typescript@"))));
        `),
    ).toBe(true);
});
