import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as yaml from "js-yaml";
import { readProject } from "../src/config/declaration";
import { ClusterName, clusterNames } from "../src/config/labConfig";
import { stackFilePath } from "../src/config/stackFile";
import { commandArgs } from "../src/machine/interpreter";
import { kindClusterName, nodeName } from "../src/machine/names";

/** How one of the lab's commands is started for a stack. */
export interface CommandLine {
    readonly program: string;
    readonly args: readonly string[];
    readonly env: NodeJS.ProcessEnv;
}

/**
 * A stack of this project as its user drives it: by its config file and the lab's commands. The bench and the tests on
 * real clusters do; they differ in how they wait for a command and in what they do about one that fails.
 */
export class StackDriver {
    constructor(readonly stack: string) {}

    /** Name of a kind cluster. */
    kind(cluster: ClusterName): string {
        return kindClusterName(this.stack, cluster);
    }

    /** Name of a cluster's node container. */
    node(cluster: ClusterName): string {
        return nodeName(this.kind(cluster));
    }

    /** Names of the node containers of both clusters. */
    nodes(): string[] {
        return clusterNames.map((cluster) => this.node(cluster));
    }

    /** Whether the stack has a config file. */
    get isConfigured(): boolean {
        return existsSync(this.file);
    }

    /** Writes keys into the stack's config file, which need not be there; the others stay. Nothing is applied. */
    configure(values: Readonly<Record<string, unknown>>): void {
        const { name } = readProject();
        const content = this.isConfigured
            ? (yaml.load(readFileSync(this.file, "utf8")) as { config?: Record<string, unknown> })
            : {};
        const config = { ...content.config };
        for (const [key, value] of Object.entries(values)) {
            config[`${name}:${key}`] = value;
        }
        writeFileSync(this.file, yaml.dump({ ...content, config }));
    }

    /** Removes the stack's config file. */
    forget(): void {
        rmSync(this.file, { force: true });
    }

    /** One of the lab's commands on this stack. With PULUMI_STACK `up` selects nothing: the user's selection stays. */
    commandLine(name: string, ...args: string[]): CommandLine {
        return {
            program: process.execPath,
            args: [...commandArgs(name), "--stack", this.stack, ...args],
            env: { ...process.env, PULUMI_STACK: this.stack },
        };
    }

    /** Path of the stack's config file. */
    protected get file(): string {
        return stackFilePath(this.stack);
    }
}
