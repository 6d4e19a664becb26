import { existsSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { projectRoot } from "../../config/declaration";
import { Machine } from "../../machine/machine";
import { pulumiHome } from "../../machine/names";
import { findPulumi, withoutNodeModules } from "../../machine/pulumiTool";
import { lastLine } from "../../machine/run";

/** A program that goes into a bundle. */
export interface Tool {
    /** As it is called on PATH. */
    readonly name: string;
    readonly path: string;
    readonly version: string;
}

/** The packages of Pulumi's providers, which need a plugin of their own version each. */
const providers = ["command", "kubernetes", "tls"];

/**
 * The programs that `up` uses here: kind, Pulumi with its language host, the providers' plugins. What is not on this
 * machine yet is downloaded as `up` would.
 *
 * @throws Error that names what cannot be had.
 */
export async function findTools({ run, kind, say }: Machine): Promise<Tool[]> {
    const kindPath = programPath(await kind());
    const pulumi = programPath(await findPulumi(run, say));
    const versionOf = async (program: string, ...args: string[]) =>
        lastLine((await run(program, args)).stdout);
    const plugins: Tool[] = [];
    for (const provider of providers) {
        const version = packageVersion(provider);
        const install = ["plugin", "install", "resource", provider, version];
        let path = pluginPath(provider, version);
        if (path === undefined) {
            say(`downloading Pulumi's plugin ${provider} ${version}`);
            const { code, stderr } = await run(pulumi, install);
            path = pluginPath(provider, version);
            if (code !== 0 || path === undefined) {
                throw new Error(
                    `Pulumi's plugin ${provider} ${version} cannot be had (${lastLine(stderr)}); try: pulumi ${install.join(" ")}`,
                );
            }
        }
        plugins.push({ name: `pulumi-resource-${provider}`, path, version });
    }
    const pulumiVersion = await versionOf(pulumi, "version");
    return [
        { name: "kind", path: kindPath, version: await versionOf(kindPath, "version", "--quiet") },
        { name: "pulumi", path: pulumi, version: pulumiVersion },
        {
            name: "pulumi-language-nodejs",
            path: besideOrOnPath("pulumi-language-nodejs", dirname(realpathSync(pulumi))),
            version: pulumiVersion,
        },
        ...plugins,
    ];
}

/** Where the plugin of a provider is: on PATH, where Pulumi takes it whatever its version, or in Pulumi's home. */
function pluginPath(provider: string, version: string): string | undefined {
    const name = `pulumi-resource-${provider}`;
    const kept = join(pulumiHome(), "plugins", `resource-${provider}-v${version}`, name);
    return onPath(name) ?? (existsSync(kept) ? kept : undefined);
}

function packageVersion(provider: string): string {
    const file = join(projectRoot, "node_modules", "@pulumi", provider, "package.json");
    return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

function programPath(program: string): string {
    return isAbsolute(program) ? program : besideOrOnPath(program);
}

function besideOrOnPath(name: string, folder?: string): string {
    const beside = folder === undefined ? undefined : join(folder, name);
    const path = beside !== undefined && existsSync(beside) ? beside : onPath(name);
    if (path === undefined) {
        throw new Error(`${name} is not on PATH`);
    }
    return path;
}

function onPath(name: string): string | undefined {
    return withoutNodeModules(process.env.PATH ?? "")
        .split(delimiter)
        .map((folder) => join(folder, name))
        .find((path) => isAbsolute(path) && existsSync(path));
}
