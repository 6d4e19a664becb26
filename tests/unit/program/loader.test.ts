import { spawnSync } from "node:child_process";
import {
    cpSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
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

test("YAML is read by js-yaml's build of one file, which has all that the others have", () => {
    const script = `
        require("./src/config/declaration.ts");
        const files = Object.keys(require.cache).filter((path) => path.includes("/js-yaml/"));
        const build = require.cache[files[0]].exports;
        const isWhole = Object.keys(require("js-yaml")).every((name) => name in build);
        console.log(JSON.stringify({ files: files.map((path) => path.split("/js-yaml/")[1]), isWhole }));`;
    expect(loaded(script)).toEqual({ files: ["dist/js-yaml.js"], isWhole: true });
});

test("without packages it says in one sentence how they are installed", () => {
    const folder = mkdtempSync(join(tmpdir(), "lab-loader-"));
    try {
        for (const name of ["loader.cjs", "nodeVersion.cjs"]) {
            cpSync(join(projectRoot, "src", name), join(folder, "src", name));
        }
        const { status, stdout, stderr } = spawnSync(
            process.execPath,
            ["--require", "./src/loader.cjs", "-e", ""],
            { cwd: folder, encoding: "utf8", env: { PATH: process.env.PATH } },
        );
        expect({ status, stdout, stderr }).toEqual({
            status: 2,
            stdout: "",
            stderr: "The npm packages of this project are not installed. Fix: npm ci\n",
        });
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
});

(sep === "/" ? test : test.skip)("a path that Node.js loads no packages from is told", () => {
    const folder = mkdtempSync(join(tmpdir(), "lab\\loader-"));
    try {
        for (const name of ["loader.cjs", "nodeVersion.cjs"]) {
            cpSync(join(projectRoot, "src", name), join(folder, "src", name));
        }
        const { status, stderr } = spawnSync(
            process.execPath,
            ["--require", "./src/loader.cjs", "-e", ""],
            { cwd: folder, encoding: "utf8", env: { PATH: process.env.PATH } },
        );
        expect([status, stderr]).toEqual([
            2,
            "The project's path has a backslash, and Node.js loads no packages from such a one. Fix: move it to a folder without\n",
        ]);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
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

describe("what the types were stripped to", () => {
    const folder = mkdtempSync(join(tmpdir(), "lab-loader-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    beforeAll(() => {
        for (const file of ["loader.cjs", "nodeVersion.cjs"]) {
            cpSync(join(projectRoot, "src", file), join(folder, "src", file), { recursive: true });
        }
        symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules"));
    });
    const source = join(folder, "src", "a.ts");
    const kept = join(folder, ".lab", "compiled", "src+a.ts.js");

    /** What the source prints, and whether sucrase was loaded for it. */
    function run() {
        const script = `require("./src/a.ts"); console.log(Object.keys(require.cache).some((path) => path.includes("sucrase/dist/index")))`;
        const { stdout, stderr } = spawnSync(
            process.execPath,
            ["--require", "./src/loader.cjs", "-e", script],
            { cwd: folder, encoding: "utf8", env: { PATH: process.env.PATH } },
        );
        return stdout + stderr;
    }

    test("is kept for the next start, until the source is another", () => {
        writeFileSync(source, "console.log(1 as number);");
        expect(run()).toBe("1\ntrue\n");
        expect(run()).toBe("1\nfalse\n");
        writeFileSync(source, "console.log(2 as number);");
        expect(run()).toBe("2\ntrue\n");
        expect(run()).toBe("2\nfalse\n");
    });

    test.each([
        ["cut off", (text: string) => text.slice(0, -20)],
        ["empty", () => ""],
        ["changed", (text: string) => text.replace("2", "3")],
    ])("is made anew where it is %s", (_, damage) => {
        run();
        writeFileSync(kept, damage(readFileSync(kept, "utf8")));
        expect(run()).toBe("2\ntrue\n");
        expect(run()).toBe("2\nfalse\n");
    });

    test("leaves nothing where it cannot be kept to its end", () => {
        rmSync(kept, { recursive: true, force: true });
        mkdirSync(kept);
        expect(run()).toBe("2\ntrue\n");
        expect(readdirSync(dirname(kept)).filter((name) => name !== "v8")).toEqual(["src+a.ts.js"]);
    });

    test("is not kept where nothing can be written, and nothing else comes of it", () => {
        rmSync(join(folder, ".lab"), { recursive: true, force: true });
        writeFileSync(join(folder, ".lab"), "");
        expect(run()).toBe("2\ntrue\n");
    });
});
