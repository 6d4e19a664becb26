import { createCipheriv, pbkdf2Sync, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../../../src/config/declaration";
import { stackFilePath } from "../../../src/config/stackFile";
import { recordPath } from "../../../src/mesh/kind/record";
import {
    backendAddress,
    currentBackend,
    passphraseFile,
    stateFolder,
} from "../../../src/stack/environment";
import { lockStack } from "../../../src/stack/lock";
import {
    acceptOrigin,
    beginOrigin,
    originPath,
    readOrigin,
    requireOrigin,
} from "../../../src/stack/origin";
import { opensSalt } from "../../../src/stack/passphrase";
import { fakeRunner } from "../../support/fakeRunner";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);

const given = process.env;
const info = "docker info";
const engineA = { [info]: { stdout: '{"ID":"AAAA","ClientInfo":{"Context":"default"}}' } };
const engineB = { [info]: { stdout: '{"ID":"BBBB","ClientInfo":{"Context":"colima"}}' } };

beforeEach(() => {
    rmSync(join(projectRoot, ".lab"), { recursive: true, force: true });
    rmSync(join(projectRoot, "stacks"), { recursive: true, force: true });
    mkdirSync(dirname(passphraseFile), { recursive: true });
    writeFileSync(passphraseFile, "the-lab's-own");
    process.env = { PATH: given.PATH, PULUMI_HOME: join(projectRoot, "home") };
});
afterEach(() => {
    process.env = given;
});

/** Puts a cluster's record there, as `up` does. */
function haveCluster(): void {
    mkdirSync(dirname(recordPath("dev", "cluster1")), { recursive: true });
    writeFileSync(recordPath("dev", "cluster1"), "{}");
}

/** A stack that was brought up with this environment, on engine A. */
async function broughtUp(env: NodeJS.ProcessEnv = {}): Promise<void> {
    const before = process.env;
    process.env = { ...before, ...env };
    await beginOrigin("dev", fakeRunner(engineA).run);
    haveCluster();
    await acceptOrigin("dev", fakeRunner(engineA).run);
    process.env = before;
}

/** What is said with this environment and engine; undefined where the stack may be worked on. */
function refusal(env: NodeJS.ProcessEnv = {}, engine = engineA): Promise<string | undefined> {
    process.env = { ...process.env, ...env };
    return requireOrigin("dev", fakeRunner(engine).run).then(
        () => undefined,
        (error: Error) => error.message,
    );
}

/** A salt as Pulumi makes it of a passphrase. */
function saltOf(passphrase: string): string {
    const [salt, nonce] = [randomBytes(8), randomBytes(12)];
    const key = pbkdf2Sync(passphrase, salt, 1_000_000, 32, "sha256");
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    const sealed = Buffer.concat([cipher.update("pulumi"), cipher.final(), cipher.getAuthTag()]);
    return ["v1", salt, "v1", nonce, sealed]
        .map((part) => (typeof part === "string" ? part : part.toString("base64")))
        .join(":");
}

function haveSalt(passphrase: string): void {
    mkdirSync(dirname(stackFilePath("dev")), { recursive: true });
    writeFileSync(stackFilePath("dev"), `encryptionsalt: ${saltOf(passphrase)}\nconfig: {}\n`);
}

const givenUp = (what: string) =>
    `; if ${what} for good: rm .lab/stacks/dev/origin.json, then npm run down -- --stack dev`;

function problem(message: string, fix: string): string {
    return `1 problem; nothing was created or changed:\n  - ${message}\n    Fix: ${fix}`;
}

describe("the backend", () => {
    test("a stack in the lab's own folder is not looked for elsewhere", async () => {
        await broughtUp();
        expect(await refusal()).toBeUndefined();
        expect(await refusal({ PULUMI_BACKEND_URL: "s3://team" })).toBe(
            problem(
                "stack dev is kept in the lab's own folder, but PULUMI_BACKEND_URL names s3://team.",
                `unset PULUMI_BACKEND_URL${givenUp("that backend is gone")}`,
            ),
        );
    });

    test("a stack of the user's backend is not looked for in the lab's own folder, nor in a third one", async () => {
        await broughtUp({ PULUMI_BACKEND_URL: "s3://team" });
        const back = `export PULUMI_BACKEND_URL=s3://team${givenUp("that backend is gone")}`;
        expect(await refusal()).toBe(
            problem("stack dev is kept in s3://team, but PULUMI_BACKEND_URL names none.", back),
        );
        expect(await refusal({ PULUMI_BACKEND_URL: "s3://other" })).toBe(
            problem(
                "stack dev is kept in s3://team, but PULUMI_BACKEND_URL names s3://other.",
                back,
            ),
        );
        expect(await refusal({ PULUMI_BACKEND_URL: "s3://team/" })).toBeUndefined();
    });

    test("the login of whoever names none is named as such", async () => {
        await broughtUp();
        mkdirSync(process.env.PULUMI_HOME!, { recursive: true });
        const credentials = join(process.env.PULUMI_HOME!, "credentials.json");
        writeFileSync(credentials, '{"current":"https://pulumi.example.com"}');
        expect(await refusal()).toBe(
            problem(
                "stack dev is kept in the lab's own folder, but pulumi login names https://pulumi.example.com.",
                `export PULUMI_BACKEND_URL=file://${stateFolder}${givenUp("that backend is gone")}`,
            ),
        );
        rmSync(credentials);
    });

    test("its password is not kept, and a new one is no other backend", async () => {
        await broughtUp({ PULUMI_BACKEND_URL: "postgres://me:s3cret@db/pulumi?key=t0ken" });
        expect(readFileSync(originPath("dev"), "utf8")).not.toMatch(/s3cret|t0ken/);
        expect(await refusal({ PULUMI_BACKEND_URL: "postgres://me:new@db/pulumi?key=t0ken" })).toBe(
            undefined,
        );
        expect(await refusal({ PULUMI_BACKEND_URL: "" })).toContain(
            "export PULUMI_BACKEND_URL='postgres://me:***@db/pulumi?…', with what is left out here",
        );
    });

    test.each([
        ["as npm run env prints it", pathToFileURL(stateFolder).href],
        ["with a slash at its end", `${pathToFileURL(stateFolder).href}/`],
        ["from the project's folder", "file://.lab/state"],
        ["with escapes", `file://${projectRoot}/%2Elab/state`],
        ["by another way", `file://${projectRoot}/stacks/../.lab//./state`],
        ["in capitals", `FILE://${stateFolder}`],
        ["with a query", `file://${stateFolder}?no_tmp_dir=true`],
    ])("the lab's own folder is recognised %s", async (_, address) => {
        await broughtUp();
        expect(await refusal({ PULUMI_BACKEND_URL: address })).toBeUndefined();
        expect(backendAddress()).toBe(pathToFileURL(stateFolder).href);
    });

    test("the lab's own folder is recognised through a link, and from the user's home", async () => {
        const home = homedir();
        mkdirSync(home, { recursive: true });
        const link = join(home, "lab-link");
        symlinkSync(projectRoot, link);
        try {
            await broughtUp();
            for (const address of [`file://${link}/.lab/state`, "file://~/lab-link/.lab/state"]) {
                expect(await refusal({ PULUMI_BACKEND_URL: address })).toBeUndefined();
                expect(backendAddress()).toBe(pathToFileURL(stateFolder).href);
            }
        } finally {
            rmSync(link);
        }
    });

    test.each([
        ["file:///srv/state", "file:///srv/state/"],
        ["file:///srv/state", "file:///srv/x/../state"],
        ["file:///srv/a%20b", "file:///srv/a b"],
        ["file://state", `file://${projectRoot}/state`],
        ["file://~/state", `file://${homedir()}/state`],
        ["https://api.pulumi.com", "HTTPS://API.pulumi.com/"],
        ["https://me:old@pulumi.example", "https://me:new@pulumi.example"],
    ])("%s and %s are one backend", async (one, other) => {
        await broughtUp({ PULUMI_BACKEND_URL: one });
        expect(await refusal({ PULUMI_BACKEND_URL: other })).toBeUndefined();
    });

    test.each([
        ["file:///srv/state", "file:///srv/State"],
        ["file:///srv/state", "file:///srv/state?prefix=a"],
        ["s3://bucket/a", "s3://bucket/A"],
        ["https://pulumi.example/a", "https://pulumi.example/A"],
    ])("%s and %s are two", async (one, other) => {
        await broughtUp({ PULUMI_BACKEND_URL: one });
        expect(await refusal({ PULUMI_BACKEND_URL: other })).toContain("is kept in");
    });

    test("an address that was remembered in another spelling's hash is known by itself", async () => {
        await broughtUp({ PULUMI_BACKEND_URL: "file:///srv/state" });
        const origin = readFileSync(originPath("dev"), "utf8");
        writeFileSync(originPath("dev"), origin.replace(/"id":"[0-9a-f]+"/, '"id":"before"'));
        expect(await refusal({ PULUMI_BACKEND_URL: "file:///srv/state" })).toBeUndefined();
        expect(await refusal({ PULUMI_BACKEND_URL: "file:///srv/other" })).toContain("is kept in");
    });

    test("what names the present backend is told: a variable, a login or a token", async () => {
        await broughtUp();
        expect(await refusal({ PULUMI_ACCESS_TOKEN: "pul-1" })).toContain(
            "but PULUMI_ACCESS_TOKEN names https://api.pulumi.com.",
        );
        const folder = join(projectRoot, "login");
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, "credentials.json"), '{"current":"file:///srv/state"}');
        expect(await refusal({ PULUMI_HOME: folder, PULUMI_ACCESS_TOKEN: "" })).toContain(
            "but pulumi login names file:///srv/state.",
        );
        expect(await refusal({ PULUMI_BACKEND_URL: "file://" })).toContain(
            "but PULUMI_BACKEND_URL names file://.",
        );
    });

    test("a login counts before an access token, wherever the credentials are kept", () => {
        const keep = (folder: string, current: string) => {
            mkdirSync(join(projectRoot, folder), { recursive: true });
            writeFileSync(
                join(projectRoot, folder, "credentials.json"),
                JSON.stringify({ current }),
            );
            return join(projectRoot, folder);
        };
        const PULUMI_HOME = keep("logged-in", "https://pulumi.example");
        const PULUMI_ACCESS_TOKEN = "pul-1";
        const address = (env: NodeJS.ProcessEnv) => backendAddress(env);
        expect(address({ PULUMI_HOME })).toBe("https://pulumi.example");
        expect(address({ PULUMI_HOME, PULUMI_ACCESS_TOKEN })).toBe("https://pulumi.example");
        const PULUMI_CREDENTIALS_PATH = keep("credentials", "file:///srv/state");
        expect(address({ PULUMI_HOME, PULUMI_CREDENTIALS_PATH, PULUMI_ACCESS_TOKEN })).toBe(
            "file:///srv/state",
        );
        const nobody = { PULUMI_HOME: join(projectRoot, "nobody"), PULUMI_ACCESS_TOKEN };
        expect(address(nobody)).toBe("https://api.pulumi.com");
        expect(address({ ...nobody, PULUMI_API: "https://own.example" })).toBe(
            "https://own.example",
        );
    });

    test.each(["file://~", "file:///elsewhere/.lab/state", "s3://bucket", "file://%zz", "x"])(
        "%s is not the lab's own folder",
        (PULUMI_BACKEND_URL) => {
            expect(currentBackend({ PULUMI_BACKEND_URL }).id).not.toBe("lab");
        },
    );
});

describe("the passphrase", () => {
    test("another one than the stack's is refused, without a try where it is the lab's", async () => {
        haveSalt("mine");
        await broughtUp({ PULUMI_CONFIG_PASSPHRASE: "mine" });
        expect(readFileSync(originPath("dev"), "utf8")).not.toContain("mine");
        expect(await refusal({ PULUMI_CONFIG_PASSPHRASE: "mine" })).toBeUndefined();
        expect(await refusal({ PULUMI_CONFIG_PASSPHRASE: "another" })).toBe(
            problem(
                "the secrets of stack dev are encrypted with another passphrase than PULUMI_CONFIG_PASSPHRASE gives.",
                `set PULUMI_CONFIG_PASSPHRASE to the one that it was made with${givenUp("it is lost")}`,
            ),
        );
        delete process.env.PULUMI_CONFIG_PASSPHRASE;
        expect(await refusal()).toBe(
            problem(
                "the secrets of stack dev are encrypted with a passphrase that is not set now.",
                `set PULUMI_CONFIG_PASSPHRASE to the one that it was made with${givenUp("it is lost")}`,
            ),
        );
    });

    test("one of the user's that is set where the lab's was used leads back to that", async () => {
        haveSalt("the-lab's-own");
        await broughtUp();
        expect(await refusal()).toBeUndefined();
        const file = join(projectRoot, "mine");
        writeFileSync(file, "mine\n");
        expect(await refusal({ PULUMI_CONFIG_PASSPHRASE_FILE: file })).toContain(
            "than PULUMI_CONFIG_PASSPHRASE_FILE gives.\n    Fix: unset PULUMI_CONFIG_PASSPHRASE_FILE; if",
        );
        writeFileSync(file, " the-lab's-own\n");
        expect(await refusal()).toBeUndefined();
    });

    test("a file of the user's that is not there is told before Pulumi looks for it", async () => {
        haveSalt("the-lab's-own");
        await broughtUp();
        const file = join(projectRoot, "nowhere");
        expect(await refusal({ PULUMI_CONFIG_PASSPHRASE_FILE: file })).toBe(
            problem(
                `${file} is not there, and PULUMI_CONFIG_PASSPHRASE_FILE names it.`,
                "export PULUMI_CONFIG_PASSPHRASE_FILE=<the file with the passphrase>, or unset PULUMI_CONFIG_PASSPHRASE_FILE",
            ),
        );
        expect(await refusal({ PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile })).toBeUndefined();
    });

    test("a file of the user's that cannot be read is told with its variable, and nothing is to be moved away", async () => {
        haveSalt("the-lab's-own");
        await broughtUp();
        const text = await refusal({ PULUMI_CONFIG_PASSPHRASE_FILE: tmpdir() });
        expect(text).toContain("it is a folder where a file is meant");
        expect(text).toContain("Fix: export PULUMI_CONFIG_PASSPHRASE_FILE=<");
    });

    test("a salt that Pulumi itself made of abc is opened by that, and by nothing else", async () => {
        const salt = "v1:M5Nkd0NfZQs=:v1:R6QG9X8352J0Rt1l:s9LEdqXZlIcYIEXI5Qt8esPU7rk9xQ==";
        expect(await opensSalt(salt, "abc")).toBe(true);
        expect(await opensSalt(salt, "abc ")).toBe(false);
    });

    test("a stack whose file has no salt is Pulumi's to judge", async () => {
        await broughtUp({ PULUMI_CONFIG_PASSPHRASE: "mine" });
        expect(await refusal()).toBeUndefined();
        expect(await opensSalt("v2:of:another:kind", "x")).toBe(true);
    });
});

describe("the engine", () => {
    test("clusters that another engine has are not taken for vanished ones", async () => {
        await broughtUp();
        expect(await refusal({}, engineB)).toBe(
            problem(
                "the clusters of stack dev are on another engine (docker, context default) than the present one (docker, context colima).",
                `docker context use default${givenUp("that engine is gone")}`,
            ),
        );
    });

    test.each<unknown>([5, "docker", [], {}, { program: 5 }, { program: "docker", context: {} }])(
        "of which a damaged memory says %j counts as one that did not say",
        async (engine) => {
            await broughtUp();
            const kept = readOrigin("dev")!;
            writeFileSync(originPath("dev"), JSON.stringify({ ...kept, engine }));
            expect(await refusal({}, engineB)).toBeUndefined();
        },
    );

    test("the variable that leads elsewhere is named", async () => {
        await broughtUp();
        expect(await refusal({ DOCKER_HOST: "ssh://me:pw@server" }, engineB)).toContain(
            "than the present one (docker at ssh://me:***@server).\n    Fix: unset DOCKER_HOST, then docker context use default; if",
        );
    });

    test("the engine is asked only where the stack has kind clusters", async () => {
        await broughtUp();
        rmSync(recordPath("dev", "cluster1"));
        const { run, calls } = fakeRunner();
        await requireOrigin("dev", run);
        expect(calls).toEqual([]);
    });

    test("an engine that does not answer, or has no id, is not another one", async () => {
        await broughtUp();
        expect(await refusal({}, { [info]: { stdout: "", code: 1 } } as never)).toBeUndefined();
        expect(await refusal({}, { [info]: { stdout: "{}" } })).toBeUndefined();
    });
});

describe("what is remembered", () => {
    test("a stack of an older checkout, or a damaged memory, is worked on, and remembered after success", async () => {
        haveCluster();
        expect(await refusal({ PULUMI_BACKEND_URL: "s3://team" })).toBeUndefined();
        await beginOrigin("dev", fakeRunner().run);
        expect(readOrigin("dev")).toBeUndefined();
        writeFileSync(originPath("dev"), "{");
        expect(await refusal()).toBeUndefined();
        await acceptOrigin("dev", fakeRunner(engineA).run);
        expect(readOrigin("dev")).toEqual({
            backend: { id: expect.stringMatching(/^[\da-f]{12}$/) as string, address: "s3://team" },
            engine: { program: "docker", id: "AAAA", context: "default" },
        });
        expect(statSync(originPath("dev")).mode & 0o777).toBe(0o600);
    });

    test("it is known before the first cluster is made, so that an interrupted first up is not lost", async () => {
        await beginOrigin("dev", fakeRunner(engineA).run);
        expect(await refusal({ PULUMI_BACKEND_URL: "s3://team" })).toContain("is kept in");
    });

    test("no command takes the stack's lock with anything else, and none is left", async () => {
        await broughtUp();
        // Without a kind cluster no engine is asked.
        rmSync(recordPath("dev", "cluster1"));
        process.env.PULUMI_BACKEND_URL = "s3://team";
        await expect(lockStack("dev", "down")).rejects.toThrow("is kept in the lab's own folder");
        delete process.env.PULUMI_BACKEND_URL;
        (await lockStack("dev", "down"))();
    });
});
