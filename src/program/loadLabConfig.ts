import * as pulumi from "@pulumi/pulumi";
import { projectRoot, readProject } from "../config/declaration";
import { LabConfig } from "../config/labConfig";
import { requireLabConfig } from "../config/parseLabConfig";

/**
 * The stack's config, checked. The only place that reads Pulumi's config.
 *
 * @throws ProblemsError with everything that is wrong with it.
 */
export function loadLabConfig(root = projectRoot): LabConfig {
    const project = readProject(root);
    const prefix = `${project.name}:`;
    const given = Object.fromEntries(
        Object.entries(pulumi.runtime.allConfig())
            .filter(([key]) => key.startsWith(prefix))
            .map(([key, value]) => [key.slice(prefix.length), value]),
    );
    return requireLabConfig(given, project);
}
