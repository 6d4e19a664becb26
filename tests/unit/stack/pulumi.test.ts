import { spawn, spawnSync } from "node:child_process";
import {
    chmodSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    rmSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../../../src/config/declaration";
import { poll } from "../../../src/machine/poll";
import { stateFolder } from "../../../src/stack/environment";
import { openPulumi } from "../../../src/stack/pulumi";
import { labLoader } from "../../support/labLoader";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);

const { projectRoot: checkout } = jest.requireActual<
    typeof import("../../../src/config/declaration")
>("../../../src/config/declaration");

/** Notes what it is told, and what signals it gets; ends by SIGTERM, with 7, or as its first argument says. */
const fakePulumi = `#!/bin/sh
folder=$(dirname "$0")
told=$*
[ "$1" = -C ] && shift 2
case $1 in
    version) echo v3.265.0; exit ;;
    ask) echo "asked $told"; exit 3 ;;
    exit) exit "$2" ;;
    die) kill -s "$2" $$; exit 99 ;;
esac
trap 'echo TERM >>"$folder/signals"; exit 7' TERM
trap 'echo INT >>"$folder/signals"' INT
env >"$folder/env"
echo "$told" >"$folder/args"
mv "$folder/args" "$folder/started"
while :; do sleep 0.02; done
`;

let folder: string;
const given = process.env;

beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-cli-"));
    writeFileSync(join(folder, "pulumi"), fakePulumi);
    chmodSync(join(folder, "pulumi"), 0o755);
    // A Pulumi without it cannot run the lab's program, and is not used.
    writeFileSync(join(folder, "pulumi-language-nodejs"), "#!/bin/sh\n", { mode: 0o755 });
    process.env = {
        PATH: [join(projectRoot, "node_modules", ".bin"), folder, given.PATH].join(delimiter),
        PULUMI_HOME: join(folder, "home"),
    };
    rmSync(join(projectRoot, ".lab"), { recursive: true, force: true });
});

afterEach(() => {
    process.env = given;
    rmSync(folder, { recursive: true, force: true });
});

/** What the fake Pulumi has written to a file, as soon as it has; undefined if it never does. */
function written(file: string): Promise<string | undefined> {
    const path = join(folder, file);
    return poll(() => Promise.resolve(existsSync(path) ? readFileSync(path, "utf8") : undefined), {
        withinMs: 20_000,
        everyMs: 10,
    });
}

test("Pulumi is asked in the project's folder, and what it says comes back", async () => {
    const { ask } = await openPulumi();
    // Before the arguments: what comes after a `--` is no option.
    expect(await ask(["ask", "--", "-1"])).toEqual({
        code: 3,
        stdout: `asked -C ${projectRoot} ask -- -1\n`,
        stderr: "",
    });
});

test("without a backend of the user's it is the lab's own, which is made", async () => {
    expect((await openPulumi()).isOwnBackend).toBe(true);
    expect(existsSync(stateFolder)).toBe(true);
});

test("the user's own backend is used, and nothing is made", async () => {
    process.env.PULUMI_BACKEND_URL = "s3://bucket";
    expect((await openPulumi()).isOwnBackend).toBe(false);
    expect(existsSync(stateFolder)).toBe(false);
});

test.each([
    [["exit", "0"], 0],
    [["exit", "255"], 255],
    [["die", "INT"], 130],
    [["die", "TERM"], 143],
])("of %j the exit code is %i", async (args, code) => {
    const { show } = await openPulumi();
    expect(await show(args)).toBe(code);
});

test("on the terminal Pulumi gets the lab's environment, and signals no other listener after it", async () => {
    const count = () => ["SIGINT", "SIGTERM"].map((signal) => process.listenerCount(signal));
    const before = count();
    const { show } = await openPulumi();
    const showing = show(["up", "--yes"]);
    expect(await written("started")).toBe(`-C ${projectRoot} up --yes\n`);
    expect(count()).toEqual(before.map((listeners) => listeners + 1));
    const env = await written("env");
    expect(env).toContain(`\nPATH=${folder}${delimiter}`.trim());
    expect(env).toContain(`PULUMI_BACKEND_URL=${pathToFileURL(stateFolder).href}\n`);
    expect(env).toContain("PULUMI_SKIP_UPDATE_CHECK=1\n");
    const temporary = /^TMPDIR=(.*)$/m.exec(env ?? "")?.[1] ?? "";
    expect(statSync(temporary).mode & 0o777).toBe(0o700);
    expect(env).not.toContain(".bin");
    process.emit("SIGTERM", "SIGTERM");
    expect(await showing).toBe(143);
    expect(count()).toEqual(before);
});

test("what providers of a killed process left behind goes with the next, what a living one needs stays", async () => {
    const all = join(projectRoot, ".lab", "tmp");
    const left = { killed: spawnSync("true").pid, living: process.ppid };
    for (const pid of Object.values(left)) {
        mkdirSync(join(all, String(pid)), { recursive: true });
        writeFileSync(join(all, String(pid), "kubeconfig1"), "key");
    }
    const { ask } = await openPulumi();
    await ask(["ask"]);
    expect(readdirSync(all).sort()).toEqual([left.living, process.pid].map(String).sort());
    expect(readdirSync(join(all, String(left.living)))).toEqual(["kubeconfig1"]);
});

test("a Ctrl-C does not end the command before Pulumi, and a SIGTERM is handed on", async () => {
    // The command in a process of its own, without a terminal: a signal reaches it and not Pulumi.
    const script = `const { openPulumi } = require("./src/stack/pulumi");
        void openPulumi().then(({ show }) => show(["up"])).then((code) => process.exit(code));`;
    const child = spawn(process.execPath, [...labLoader, "-e", script], {
        cwd: checkout,
        stdio: "inherit",
        env: { ...process.env, PULUMI_BACKEND_URL: "file:///nowhere" },
    });
    const end = new Promise((resolve) =>
        child.on("exit", (code, signal) => resolve([code, signal])),
    );
    await Promise.race([written("started"), end]);
    child.kill("SIGINT");
    child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([child.exitCode, child.signalCode]).toEqual([null, null]);
    expect(existsSync(join(folder, "signals"))).toBe(false);
    child.kill("SIGTERM");
    expect(await end).toEqual([143, null]);
    expect(readFileSync(join(folder, "signals"), "utf8")).toBe("TERM\n");
}, 30_000);

test("a downloaded Pulumi finds its language host beside it", async () => {
    const bin = join(folder, "home", "versions", "3.265.0", "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "pulumi"), '#!/bin/sh\necho "$PATH"\n');
    chmodSync(join(bin, "pulumi"), 0o755);
    const shim = join(projectRoot, "node_modules", "pulumi");
    mkdirSync(shim, { recursive: true });
    writeFileSync(join(shim, "package.json"), '{"version": "3.265.0"}');
    writeFileSync(join(shim, "run.js"), "");
    rmSync(join(folder, "pulumi"));
    process.env.PATH = [folder, "/nowhere"].join(delimiter);
    const { ask } = await openPulumi();
    const { stdout } = await ask([]);
    expect(stdout.trim().split(delimiter)).toEqual([bin, folder, "/nowhere"]);
});
