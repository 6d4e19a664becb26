import * as pulumi from "@pulumi/pulumi";
import { projectRoot, readProject } from "../config/declaration";
import { LabConfig } from "../config/labConfig";
import { requireLabConfig } from "../config/parseLabConfig";
import { requireNone } from "../config/problem";
import { encrypted, foreignKey } from "../config/unheeded";

/**
 * The stack's config, checked. The only place that reads Pulumi's config.
 *
 * @throws ProblemsError with everything that is wrong with it.
 */
export function loadLabConfig(root = projectRoot): LabConfig {
    const project = readProject(root);
    const prefix = `${project.name}:`;
    const all = pulumi.runtime.allConfig();
    const problems = [
        ...Object.keys(all).flatMap((key) => foreignKey(key, project) ?? []),
        ...secretKeys()
            .filter((key) => key.startsWith(prefix))
            .map((key) => encrypted(key.slice(prefix.length))),
    ];
    requireNone(problems);
    const given = Object.fromEntries(
        Object.entries(all)
            .filter(([key]) => key.startsWith(prefix))
            .map(([key, value]) => [key.slice(prefix.length), value]),
    );
    return requireLabConfig(given, project);
}

/** The keys whose values are encrypted in the stack's file, as Pulumi tells the program (`runtime/config.ts` of the SDK). */
function secretKeys(): string[] {
    try {
        const keys: unknown = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]");
        return Array.isArray(keys) ? keys.map(String) : [];
    } catch {
        return [];
    }
}
