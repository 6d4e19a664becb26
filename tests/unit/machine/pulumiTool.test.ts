import {
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    statSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../../../src/config/declaration";
import { ProblemsError } from "../../../src/config/problem";
import { findPulumi, oldestPulumi, withoutNodeModules } from "../../../src/machine/pulumiTool";
import {
    prepareEnvironment,
    pulumiEnvironment,
    stackFiles,
    stateFolder,
} from "../../../src/stack/environment";
import { Answer, fakeRunner } from "../../support/fakeRunner";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);

const backend = { PULUMI_BACKEND_URL: pathToFileURL(join(projectRoot, ".lab", "state")).href };
const passphrase = { PULUMI_CONFIG_PASSPHRASE_FILE: join(projectRoot, ".lab", "passphrase") };

beforeAll(() => {
    const folder = join(projectRoot, "node_modules", "pulumi");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ version: "3.265.0" }));
});

describe("findPulumi", () => {
    const shim = join(projectRoot, "node_modules", "pulumi", "run.js");
    const packaged = `${process.execPath} ${shim} version`;
    const silent = () => undefined;

    test.each([`v${oldestPulumi}`, "v3.265.0\n", "v4.0.0", "v3.261.0-alpha.1", "note\nv3.265.0"])(
        "the user's own %j is used, and nothing else is run",
        async (stdout) => {
            const { run } = fakeRunner({ "pulumi version": { stdout } });
            expect(await findPulumi(run, silent, {})).toBe("pulumi");
        },
    );

    test.each<[string, Answer]>([
        ["missing", { code: 127 }],
        ["too old", { stdout: "v3.259.9\n" }],
        ["broken", { code: 1, stdout: "v3.265.0\n" }],
        ["silent about its version", { stdout: "unknown" }],
        ["too old behind another number", { stdout: "wrapper: 9.9.9 is out\nv3.100.0\n" }],
        ["hanging", { code: 137, stderr: "pulumi did not answer within 60 s and was stopped" }],
    ])("where it is %s, the binary that the package downloads is", async (_, answer) => {
        const fake = fakeRunner({ "pulumi version": answer, [packaged]: {} });
        expect(await findPulumi(fake.run, silent, { PULUMI_HOME: "/ph" })).toBe(
            "/ph/versions/3.265.0/bin/pulumi",
        );
        expect(fake.callsOf(packaged)).toHaveLength(1);
    });

    test("it is not waited for without an end", async () => {
        const fake = fakeRunner({ "pulumi version": { stdout: "v3.265.0" } });
        await findPulumi(fake.run, silent, {});
        expect(fake.calls.map(({ options }) => options.timeoutMs)).toEqual([60_000]);
    });

    describe("with programs on PATH", () => {
        const root = mkdtempSync(join(tmpdir(), "pulumi-path-"));
        afterAll(() => rmSync(root, { recursive: true, force: true }));

        /** A folder of PATH with these programs in it. */
        function folder(name: string, ...programs: string[]): string {
            mkdirSync(join(root, name), { recursive: true });
            programs.forEach((one) => writeFileSync(join(root, name, one), "", { mode: 0o755 }));
            return join(root, name);
        }

        const host = "pulumi-language-nodejs";
        const version = { stdout: "v3.265.0\n" };

        /** What is found, and said, where PATH has these folders. */
        async function find(folders: string[], answers: Record<string, Answer>) {
            const said: string[] = [];
            const { run } = fakeRunner(answers, { [packaged]: {} });
            const env = { PATH: folders.join(delimiter), PULUMI_HOME: "/ph" };
            const program = await findPulumi(run, (line) => said.push(line), env);
            return { program, said };
        }

        test("one that has its language host, beside it or elsewhere on PATH, is used", async () => {
            const beside = folder("beside", "pulumi", host);
            expect(await find([beside], { "pulumi version": version })).toEqual({
                program: "pulumi",
                said: [],
            });
            const apart = [folder("alone0", "pulumi"), folder("host", host)];
            expect((await find(apart, { "pulumi version": version })).program).toBe("pulumi");
        });

        test("one that is a link has it beside what it leads to", async () => {
            folder("target", "pulumi", host);
            symlinkSync(join(root, "target", "pulumi"), join(folder("link"), "pulumi"));
            const { program } = await find([join(root, "link")], { "pulumi version": version });
            expect(program).toBe("pulumi");
        });

        test("one without is not used: the next on PATH is, and it is said why", async () => {
            const alone = folder("alone1", "pulumi");
            const next = folder("next", "pulumi");
            writeFileSync(join(next, host), "");
            const answers = {
                "pulumi version": version,
                [`${join(next, "pulumi")} version`]: version,
            };
            expect(await find([alone, next], answers)).toEqual({
                program: join(next, "pulumi"),
                said: [
                    `${join(alone, "pulumi")} is not used: it has no ${host} beside it or on PATH`,
                ],
            });
        });

        test("where none works the package's is, and of each it is said why not", async () => {
            const folders = [folder("alone2", "pulumi"), folder("old", "pulumi")];
            const old = join(folders[1]!, "pulumi");
            const answers = {
                "pulumi version": {
                    code: 126,
                    stderr: "cannot execute: \u001b[31mrequired file not found\n",
                },
                [`${old} version`]: { stdout: "v3.100.0" },
            };
            expect(await find(folders, answers)).toEqual({
                program: "/ph/versions/3.265.0/bin/pulumi",
                said: [
                    `${join(folders[0]!, "pulumi")} is not used: it does not say its version (cannot execute: required file not found)`,
                    `${old} is not used: it is 3.100.0`,
                ],
            });
        });

        test("where none can be started, the first that is there is named", async () => {
            symlinkSync("/nowhere/pulumi", join(folder("dead"), "pulumi"));
            const failing = { [packaged]: { code: 1, stderr: "no way" } };
            const finding = find([join(root, "dead")], {
                "pulumi version": { code: 127 },
                ...failing,
            });
            await expect(finding).rejects.toThrow(
                `is needed, ${join(root, "dead", "pulumi")} is a link that leads nowhere, and`,
            );
        });

        test("a folder of that name, or a file that is no program, is none", async () => {
            mkdirSync(join(folder("odd"), "pulumi"));
            writeFileSync(join(folder("plain"), "pulumi"), "", { mode: 0o644 });
            const folders = [join(root, "odd"), join(root, "plain")];
            const { program, said } = await find(folders, { "pulumi version": { code: 127 } });
            expect([program, said]).toEqual(["/ph/versions/3.265.0/bin/pulumi", []]);
        });
    });

    test.each<[string, NodeJS.ProcessEnv, string]>([
        ["nothing", {}, join(homedir(), ".pulumi", "versions", "3.265.0", "bin", "pulumi")],
        [
            "an empty PULUMI_HOME",
            { PULUMI_HOME: "" },
            join(homedir(), ".pulumi", "versions", "3.265.0", "bin", "pulumi"),
        ],
        [
            "a version of the user's own",
            { PULUMI_HOME: "/ph", PULUMI_VERSION: "3.270.0" },
            "/ph/versions/3.270.0/bin/pulumi",
        ],
    ])("with %s set that binary is where the package puts it", async (_, env, path) => {
        const { run } = fakeRunner({ "pulumi version": { code: 127 }, [packaged]: {} });
        expect(await findPulumi(run, silent, env)).toBe(path);
    });

    test("what the package says while it downloads is handed on", async () => {
        const said: string[] = [];
        const fake = fakeRunner({
            "pulumi version": { code: 127 },
            [packaged]: ({ options }) => {
                options.onStderrLine?.("Downloading Pulumi v3.265.0");
                return {};
            },
        });
        await findPulumi(fake.run, (line) => said.push(line), {});
        expect(said).toEqual(["Downloading Pulumi v3.265.0"]);
    });

    describe("with a download that was killed", () => {
        const home = mkdtempSync(join(tmpdir(), "pulumi-home-"));
        const folder = join(home, "versions", "3.265.0", "bin");
        const host = join(folder, "pulumi-language-nodejs");
        const none = { "pulumi version": { code: 127 } };
        /** The package's installer: it takes a binary that is there for a whole Pulumi. */
        const install: Answer = () => {
            mkdirSync(folder, { recursive: true });
            if (!existsSync(join(folder, "pulumi"))) {
                writeFileSync(join(folder, "pulumi"), "whole");
                writeFileSync(host, "whole");
            }
            return {};
        };
        const killed: Answer = () => {
            mkdirSync(folder, { recursive: true });
            writeFileSync(join(folder, "pulumi"), "half");
            throw new Error("killed");
        };
        const find = (answer: Answer) =>
            findPulumi(fakeRunner(none, { [packaged]: answer }).run, silent, { PULUMI_HOME: home });

        beforeEach(() => rmSync(home, { recursive: true, force: true }));
        afterEach(() => jest.restoreAllMocks());
        afterAll(() => rmSync(home, { recursive: true, force: true }));

        /** A process downloads and ends before its installer does. */
        async function killDownload(): Promise<void> {
            jest.spyOn(process, "kill").mockImplementation(() => {
                throw Object.assign(new Error("kill ESRCH"), { code: "ESRCH" });
            });
            await expect(find(killed)).rejects.toThrow("killed");
        }

        test("nothing of it is taken for Pulumi afterwards", async () => {
            await killDownload();
            await find(install);
            expect(readFileSync(join(folder, "pulumi"), "utf8")).toBe("whole");
            expect(existsSync(host)).toBe(true);
        });

        test("what was downloaded then stays", async () => {
            await killDownload();
            await find(install);
            writeFileSync(host, "kept");
            await find(install);
            expect(readFileSync(host, "utf8")).toBe("kept");
        });

        test("a Pulumi in another folder is not touched", async () => {
            await killDownload();
            const other = join(home, "other", "versions", "3.265.0", "bin", "pulumi");
            mkdirSync(dirname(other), { recursive: true });
            writeFileSync(other, "theirs");
            const { run } = fakeRunner(none, { [packaged]: {} });
            await findPulumi(run, silent, { PULUMI_HOME: join(home, "other") });
            expect(readFileSync(other, "utf8")).toBe("theirs");
        });

        test("a download that still goes on is not touched", async () => {
            await expect(find(killed)).rejects.toThrow("killed");
            await find(install);
            expect(readFileSync(join(folder, "pulumi"), "utf8")).toBe("half");
        });
    });

    test.each<[string, Answer, string]>([
        ["none", { code: 127 }, "none is on PATH"],
        ["an old one", { stdout: "v3.200.1" }, "the one on PATH is 3.200.1"],
    ])("with %s on PATH and no download, the problem says both", async (_, answer, found) => {
        const { run } = fakeRunner({
            "pulumi version": answer,
            [packaged]: { code: 1, stderr: "curl: (6) could not resolve host\n" },
        });
        const error: unknown = await findPulumi(run, silent, {}).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(ProblemsError);
        expect((error as ProblemsError).problems).toEqual([
            {
                message: `Pulumi 3.260.0 or later is needed, ${found}, and it could not be downloaded (curl: (6) could not resolve host).`,
                fix: "install it: https://www.pulumi.com/docs/install/",
            },
        ]);
    });

    test("the user's own is looked for where npm has not put its shims", async () => {
        const fake = fakeRunner({ "pulumi version": { stdout: "v3.265.0" } });
        const env = { PATH: "/p/node_modules/.bin:/usr/bin", HOME: "/home/u" };
        await findPulumi(fake.run, silent, env);
        expect(fake.calls[0]!.options.env).toEqual({
            PATH: "/usr/bin",
            HOME: "/home/u",
            PULUMI_SKIP_UPDATE_CHECK: "1",
        });
    });
});

test.each([
    ["/p/node_modules/.bin:/usr/bin:/home/u/.pulumi/bin", "/usr/bin:/home/u/.pulumi/bin"],
    ["/usr/bin:/p/node_modules/.bin/:/bin", "/usr/bin:/bin"],
    ["/n/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin:/bin", "/bin"],
    ["/p/node_modules/.bin.old:/p/node_modules", "/p/node_modules/.bin.old:/p/node_modules"],
    ["", ""],
])("without npm's folders, the PATH %s is %s", (path, expected) => {
    expect(withoutNodeModules(path)).toBe(expected);
});

describe("pulumiEnvironment", () => {
    const cloud = "https://api.pulumi.com";

    test.each<[string, NodeJS.ProcessEnv, string | undefined, object]>([
        ["nothing", {}, undefined, { ...backend, ...passphrase }],
        ["a login", {}, cloud, {}],
        ["a login to a folder", {}, "file://~", {}],
        ["an empty login", {}, "", { ...backend, ...passphrase }],
        ["a backend", { PULUMI_BACKEND_URL: "s3://bucket" }, undefined, {}],
        ["a backend and a login", { PULUMI_BACKEND_URL: "s3://bucket" }, cloud, {}],
        ["an empty backend", { PULUMI_BACKEND_URL: "" }, undefined, { ...backend, ...passphrase }],
        ["an empty backend and a login", { PULUMI_BACKEND_URL: "" }, cloud, {}],
        ["an access token", { PULUMI_ACCESS_TOKEN: "pul-1" }, undefined, {}],
        ["an empty token", { PULUMI_ACCESS_TOKEN: "" }, undefined, { ...backend, ...passphrase }],
        ["a passphrase", { PULUMI_CONFIG_PASSPHRASE: "x" }, undefined, backend],
        ["an empty passphrase", { PULUMI_CONFIG_PASSPHRASE: "" }, undefined, backend],
        [
            "an empty passphrase file",
            { PULUMI_CONFIG_PASSPHRASE_FILE: "" },
            undefined,
            { ...backend, ...passphrase },
        ],
        ["a passphrase file", { PULUMI_CONFIG_PASSPHRASE_FILE: "/f" }, undefined, backend],
        [
            "the lab's own, by npm run env",
            { ...backend, ...passphrase },
            cloud,
            { ...backend, ...passphrase },
        ],
        [
            "the lab's own and a passphrase",
            { ...backend, PULUMI_CONFIG_PASSPHRASE: "x" },
            cloud,
            backend,
        ],
        ["a login to the lab's own", {}, backend.PULUMI_BACKEND_URL, { ...backend, ...passphrase }],
        ["a backend and a passphrase", { PULUMI_CONFIG_PASSPHRASE: "x" }, cloud, {}],
    ])("to a user with %s it adds what is lacking", (_, env, login, expected) => {
        const home = join(projectRoot, "nobody");
        expect(pulumiEnvironment({ PULUMI_HOME: home, ...env }, login)).toEqual(expected);
    });

    describe("with the login that is kept in PULUMI_HOME", () => {
        const home = mkdtempSync(join(tmpdir(), "pulumi-home-"));
        const credentials = join(home, "credentials.json");
        afterAll(() => rmSync(home, { recursive: true, force: true }));

        test.each([
            [JSON.stringify({ current: cloud }), {}],
            [JSON.stringify({ accounts: {} }), { ...backend, ...passphrase }],
            ["{", { ...backend, ...passphrase }],
            ["null", { ...backend, ...passphrase }],
            ['{"current":5}', { ...backend, ...passphrase }],
        ])("in %s", (content, expected) => {
            writeFileSync(credentials, content);
            expect(pulumiEnvironment({ PULUMI_HOME: home })).toEqual(expected);
        });

        test("and not in the folder that this process is in, where PULUMI_HOME is empty", () => {
            writeFileSync(credentials, JSON.stringify({ current: "s3://another" }));
            const before = process.cwd();
            process.chdir(home);
            try {
                expect(pulumiEnvironment({ PULUMI_HOME: "" })).not.toEqual({});
            } finally {
                process.chdir(before);
            }
        });

        test("and where there is none", () => {
            rmSync(credentials, { force: true });
            expect(pulumiEnvironment({ PULUMI_HOME: home })).toEqual({
                ...backend,
                ...passphrase,
            });
        });
    });
});

describe("stacks that are in the lab's own folder stay there", () => {
    const own = { ...backend, ...passphrase };
    const cloud = "https://api.pulumi.com";

    test.each<[string, NodeJS.ProcessEnv, string | undefined, object]>([
        ["a login that came later", {}, cloud, own],
        ["an access token that came later", { PULUMI_ACCESS_TOKEN: "pul-1" }, undefined, own],
        ["nothing else", {}, undefined, own],
        ["a passphrase", { PULUMI_CONFIG_PASSPHRASE: "x" }, cloud, backend],
        ["a backend that is asked for by name", { PULUMI_BACKEND_URL: "s3://bucket" }, cloud, {}],
        ["an empty backend", { PULUMI_BACKEND_URL: "" }, cloud, own],
    ])("with %s", (_, env, login, expected) => {
        const home = join(projectRoot, "nobody");
        expect(pulumiEnvironment({ PULUMI_HOME: home, ...env }, login, true)).toEqual(expected);
    });

    describe("which are the files that Pulumi keeps of them", () => {
        const folder = join(stateFolder, ".pulumi", "stacks", "cilium-global-services");
        afterAll(() => rmSync(join(projectRoot, ".lab"), { recursive: true, force: true }));

        test("none where there is no such folder", () => {
            expect(stackFiles()).toEqual([]);
        });

        test("each by its name, without backups and attributes", () => {
            mkdirSync(folder, { recursive: true });
            expect(stackFiles()).toEqual([]);
            expect(pulumiEnvironment({}, cloud)).toEqual({});
            for (const file of ["dev.json", "dev.json.bak", "a.b_c-9.json", "dev.json.attrs"]) {
                writeFileSync(join(folder, file), "{}");
            }
            expect(stackFiles().toSorted()).toEqual(["a.b_c-9", "dev"]);
            expect(pulumiEnvironment({}, cloud)).toEqual(own);
        });
    });
});

describe("prepareEnvironment", () => {
    const file = passphrase.PULUMI_CONFIG_PASSPHRASE_FILE;

    test("makes nothing for a user who has all", () => {
        prepareEnvironment({});
        expect(existsSync(join(projectRoot, ".lab"))).toBe(false);
    });

    test("makes the backend's folder and a passphrase, for the owner only", () => {
        prepareEnvironment({ ...backend, ...passphrase });
        expect(statSync(stateFolder).mode & 0o777).toBe(0o700);
        expect(readFileSync(file, "utf8")).toMatch(/^[A-Za-z0-9_-]{32}$/);
        expect(statSync(file).mode & 0o777).toBe(0o600);
    });

    test("keeps a passphrase that is there", () => {
        prepareEnvironment({ ...backend, ...passphrase });
        const before = readFileSync(file, "utf8");
        prepareEnvironment({ ...backend, ...passphrase });
        expect(readFileSync(file, "utf8")).toBe(before);
    });
});
