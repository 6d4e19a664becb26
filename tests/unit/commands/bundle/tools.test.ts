import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findTools } from "../../../../src/commands/bundle/tools";
import { Machine } from "../../../../src/machine/machine";
import { oldestPulumi } from "../../../../src/machine/pulumiTool";
import { Answers, fakeRunner } from "../../../support/fakeRunner";

const folder = mkdtempSync(join(tmpdir(), "bundle-tools-"));
afterAll(() => rmSync(folder, { recursive: true }));
const bin = join(folder, "bin");
const home = join(folder, "home");
const environment = process.env;

beforeEach(() => {
    process.env = { ...environment, PATH: bin, PULUMI_HOME: home };
    rmSync(bin, { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
    put(bin, "kind", "pulumi", "pulumi-language-nodejs");
});
afterEach(() => void (process.env = environment));

function put(place: string, ...names: string[]): void {
    mkdirSync(place, { recursive: true });
    names.forEach((name) => writeFileSync(join(place, name), name));
}

/** The version of a provider's plugin that the packages installed here ask for. */
function versionOf(provider: string): string {
    const root = join(__dirname, "..", "..", "..", "..", "node_modules", "@pulumi");
    const file = readFileSync(join(root, provider, "package.json"), "utf8");
    return (JSON.parse(file) as { version: string }).version;
}

const plugin = (provider: string) =>
    [
        join(home, "plugins", `resource-${provider}-v${versionOf(provider)}`),
        `pulumi-resource-${provider}`,
    ] as const;

function find(answers: Answers = {}) {
    const said: string[] = [];
    const { run, callsOf } = fakeRunner(answers, {
        "pulumi version": { stdout: `v${oldestPulumi}\n` },
        [`${join(bin, "pulumi")} version`]: { stdout: `v${oldestPulumi}\n` },
        [`${join(bin, "kind")} version --quiet`]: { stdout: "0.33.0\n" },
    });
    const machine: Machine = {
        run,
        kind: () => Promise.resolve("kind"),
        say: (line) => void said.push(line),
        download: () => Promise.reject(new Error("not needed here")),
    };
    return { tools: findTools(machine), said, callsOf };
}

test("kind, Pulumi, its language host and its plugins are found where Pulumi finds them, with versions", async () => {
    put(bin, "pulumi-resource-tls");
    put(...plugin("command"));
    put(...plugin("kubernetes"));
    const { tools, said } = find();
    const at = (provider: string) => join(...plugin(provider));
    expect((await tools).map(({ name, path, version }) => [name, path, version])).toEqual([
        ["kind", join(bin, "kind"), "0.33.0"],
        ["pulumi", join(bin, "pulumi"), `v${oldestPulumi}`],
        ["pulumi-language-nodejs", join(bin, "pulumi-language-nodejs"), `v${oldestPulumi}`],
        ["pulumi-resource-command", at("command"), versionOf("command")],
        ["pulumi-resource-kubernetes", at("kubernetes"), versionOf("kubernetes")],
        ["pulumi-resource-tls", join(bin, "pulumi-resource-tls"), versionOf("tls")],
    ]);
    expect(said).toEqual([]);
});

test("a plugin that is not here is installed by Pulumi in the packages' version", async () => {
    put(bin, "pulumi-resource-command", "pulumi-resource-kubernetes");
    const install = `${join(bin, "pulumi")} plugin install resource tls ${versionOf("tls")}`;
    const { tools, said } = find({
        [install]: () => {
            put(...plugin("tls"));
            return {};
        },
    });
    expect((await tools).at(-1)!.path).toBe(join(...plugin("tls")));
    expect(said).toEqual([`downloading Pulumi's plugin tls ${versionOf("tls")}`]);
});

test("a plugin that cannot be had is one sentence with the command to try", async () => {
    const { tools } = find({
        [`${join(bin, "pulumi")} plugin install`]: { code: 255, stderr: "error: no such host\n" },
    });
    const version = versionOf("command");
    await expect(tools).rejects.toThrow(
        new Error(
            `Pulumi's plugin command ${version} cannot be had (error: no such host); try: pulumi plugin install resource command ${version}`,
        ),
    );
});

test("a language host that is missing is named", async () => {
    rmSync(join(bin, "pulumi-language-nodejs"));
    put(bin, "pulumi-resource-command", "pulumi-resource-kubernetes", "pulumi-resource-tls");
    await expect(find().tools).rejects.toThrow("pulumi-language-nodejs is not on PATH");
});
