import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as yaml from "js-yaml";
import { PulumiCli } from "../cli/pulumiCli";
import { setConfig, upArgs } from "../cli/stack";
import { projectRoot, readProject } from "../config/declaration";
import { ClusterName, LabConfig, clusterNames } from "../config/labConfig";
import { parseLabConfig } from "../config/parseLabConfig";
import { ProblemsError } from "../config/problem";
import { readStackValues, stackFilePath } from "../config/stackFile";
import { typescriptLoader } from "../interpreter";
import { readKubeconfig } from "../kind/cluster";
import { ClusterApi, connect } from "../kube/clusterApi";
import { Change } from "../lab/exercise";
import { kindClusterName, nodeName } from "../names";
import { Runner } from "../runner";
import { reasonOf } from "./failure";

/** A stack of this project, used as its user does: by its commands and by Pulumi. */
export class OurStack {
    constructor(
        readonly name: string,
        private readonly tools: {
            readonly run: Runner;
            /** For `down`, which has to be done even after an interruption. */
            readonly runToEnd: Runner;
            readonly pulumi: PulumiCli;
        },
    ) {}

    /** Writes the stack's config file. */
    configure(values: Readonly<Record<string, unknown>>): void {
        const { name } = readProject();
        const config = Object.fromEntries(
            Object.entries(values).map(([key, value]) => [`${name}:${key}`, value]),
        );
        writeFileSync(stackFilePath(this.name), yaml.dump({ config }));
    }

    /** The stack's checked config, with a change. @throws ProblemsError if it is wrong. */
    config(...changes: readonly (readonly [key: string, value: string])[]): LabConfig {
        const values = { ...readStackValues(this.name), ...Object.fromEntries(changes) };
        const { config, problems } = parseLabConfig(values, readProject());
        if (config === undefined) {
            throw new ProblemsError(problems);
        }
        return config;
    }

    /** `npm run up`. @throws Error with its reason if it fails. */
    up(): Promise<void> {
        return this.command("up", this.tools.run);
    }

    /** `npm run down`; the config file goes, too. @throws Error with its reason if it fails. */
    async down(): Promise<void> {
        if (existsSync(stackFilePath(this.name))) {
            await this.command("down", this.tools.runToEnd);
            rmSync(stackFilePath(this.name));
        }
    }

    /** Sets a config key; nothing is applied. */
    set(change: Change): Promise<void> {
        return setConfig(this.tools.pulumi, this.name, change);
    }

    /** Plain `pulumi up`, with or without a preview first. @throws Error with its reason if it fails. */
    async pulumiUp({ preview = false } = {}): Promise<void> {
        const args = upArgs(this.name).filter((arg) => !(preview && arg === "--skip-preview"));
        const { code, stdout, stderr } = await this.tools.pulumi.ask(args);
        if (code !== 0) {
            throw new Error(`pulumi up of ${this.name} failed: ${reasonOf(stdout + stderr)}`);
        }
    }

    /** Names of the node containers. */
    nodes(): string[] {
        return clusterNames.map((cluster) => nodeName(kindClusterName(this.name, cluster)));
    }

    /** The clusters' API servers. */
    apis(): { readonly cluster: ClusterName; readonly api: ClusterApi }[] {
        return clusterNames.map((cluster) => ({
            cluster,
            api: connect(readKubeconfig(this.name, cluster) ?? ""),
        }));
    }

    private async command(name: string, run: Runner): Promise<void> {
        const file = join(projectRoot, "src", "cli", `${name}.ts`);
        const args = [...typescriptLoader, file, "--stack", this.name];
        const { code, stdout, stderr } = await run(process.execPath, args);
        if (code !== 0) {
            throw new Error(`npm run ${name} of ${this.name} failed: ${reasonOf(stdout + stderr)}`);
        }
    }
}
