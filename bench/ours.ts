import { existsSync, rmSync, writeFileSync } from "node:fs";
import * as yaml from "js-yaml";
import { readProject } from "../src/config/declaration";
import { ClusterName, LabConfig, clusterNames } from "../src/config/labConfig";
import { parseLabConfig } from "../src/config/parseLabConfig";
import { ProblemsError } from "../src/config/problem";
import { readStackValues, stackFilePath } from "../src/config/stackFile";
import { Change } from "../src/lab/exercise";
import { commandArgs } from "../src/machine/interpreter";
import { kindClusterName, nodeName } from "../src/machine/names";
import { lastLine, Runner } from "../src/machine/run";
import { ClusterApi, connect } from "../src/mesh/kube/clusterApi";
import { readKubeconfig } from "../src/mesh/kube/kubeconfig";
import { PulumiCli } from "../src/stack/pulumi";
import { setConfig, upArgs } from "../src/stack/stack";

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
        const args = [...commandArgs(name), "--stack", this.name];
        // With the variable `up` selects nothing: the user's own selection stays what it is.
        const env = { ...process.env, PULUMI_STACK: this.name };
        const { code, stdout, stderr } = await run(process.execPath, args, { env });
        if (code !== 0) {
            throw new Error(`npm run ${name} of ${this.name} failed: ${reasonOf(stdout + stderr)}`);
        }
    }
}

/**
 * Of all that a failed command printed, what tells why: what `up` says of a stuck pod and its log, else the last
 * line that calls itself an error, else the last line.
 */
export function reasonOf(output: string): string {
    const lines = output.split("\n").map((line) => line.trim());
    const last = (pattern: RegExp) => lines.findLast((line) => pattern.test(line));
    const stuck = [last(/^\S+ is stuck: /), last(/^Last log line: /)].filter(
        (line) => line !== undefined,
    );
    return stuck.length > 0
        ? stuck.join(" ")
        : (last(/^error: (?!update failed)/i) ?? lastLine(output));
}
