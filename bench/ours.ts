import { rawValue, readProject } from "../src/config/declaration";
import { ClusterName, LabConfig, clusterNames } from "../src/config/labConfig";
import { requireLabConfig } from "../src/config/parseLabConfig";
import { readStackValues } from "../src/config/stackFile";
import { Change } from "../src/lab/exercise";
import { lastLine, Runner } from "../src/machine/run";
import { readTimeline } from "../src/machine/timeline";
import { ClusterApi } from "../src/mesh/kube/clusterApi";
import { readKubeconfig } from "../src/mesh/kube/kubeconfig";
import { Chain, longestChain } from "../src/proof/timeline/chain";
import { PulumiCli } from "../src/stack/pulumi";
import { setConfig, upArgs } from "../src/stack/stack";
import { StackDriver } from "./driver";

/** A config key with its value. */
export type Setting = readonly [key: string, value: string];

/** The checked config of a stack's values, with changes. @throws ProblemsError if it is wrong. */
export function configOf(
    values: Readonly<Record<string, unknown>>,
    ...changes: readonly Setting[]
): LabConfig {
    const all = Object.entries({ ...values, ...Object.fromEntries(changes) });
    const texts = Object.fromEntries(all.map(([key, value]) => [key, rawValue(value)]));
    return requireLabConfig(texts, readProject());
}

/** A stack of this project, used as its user does: by its commands and by Pulumi. */
export class OurStack extends StackDriver {
    constructor(
        stack: string,
        private readonly tools: {
            readonly run: Runner;
            /** For `down`, which has to be done even after an interruption. */
            readonly runToEnd: Runner;
            readonly pulumi: PulumiCli;
            /** Connects to the API server of a kubeconfig. */
            readonly connect: (kubeconfig: string) => ClusterApi;
        },
    ) {
        super(stack);
    }

    /** The stack's checked config, with changes. @throws ProblemsError if it is wrong. */
    config(...changes: readonly Setting[]): LabConfig {
        return configOf(readStackValues(this.stack), ...changes);
    }

    /** `npm run up`. @throws Error with its reason if it fails. */
    up(): Promise<void> {
        return this.command("up", this.tools.run);
    }

    /** `npm run down`; the config file goes, too. @throws Error with its reason if it fails. */
    async down(): Promise<void> {
        if (this.isConfigured) {
            await this.command("down", this.tools.runToEnd);
            this.forget();
        }
    }

    /** Sets a config key; nothing is applied. */
    set(change: Change): Promise<void> {
        return setConfig(this.tools.pulumi, this.stack, change);
    }

    /** Plain `pulumi up`, with or without a preview first. @throws Error with its reason if it fails. */
    async pulumiUp({ preview = false } = {}): Promise<void> {
        const args = upArgs(this.stack).filter((arg) => !(preview && arg === "--skip-preview"));
        const { code, stdout, stderr } = await this.tools.pulumi.ask(args);
        if (code !== 0) {
            throw new Error(`pulumi up of ${this.stack} failed: ${reasonOf(stdout + stderr)}`);
        }
    }

    /** The clusters' API servers. */
    apis(): { readonly cluster: ClusterName; readonly api: ClusterApi }[] {
        return clusterNames.map((cluster) => ({
            cluster,
            api: this.tools.connect(readKubeconfig(this.stack, cluster) ?? ""),
        }));
    }

    /** The longest chain of the last {@link up}'s steps; undefined where there is no record of it. */
    chain(): Chain | undefined {
        return longestChain(readTimeline(this.stack));
    }

    private async command(name: string, run: Runner): Promise<void> {
        const { program, args, env } = this.commandLine(name);
        const { code, stdout, stderr } = await run(program, args, { env });
        if (code !== 0) {
            throw new Error(
                `npm run ${name} of ${this.stack} failed: ${reasonOf(stdout + stderr)}`,
            );
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
