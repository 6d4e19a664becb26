import { ciliumValuesProblems } from "./ciliumValues";
import { ClusterName, possibleClusters } from "./clusterNames";
import { clusterOfKey, clustersOf, withClusters } from "./clusters";
import { contextProblems, overlappingRanges, outageProblems } from "./crossChecks";
import { Project, rawValue } from "./declaration";
import { LabConfig, limitOf, readConfig } from "./keys";
import { Problem, ProblemsError, nearest, quote } from "./problem";
import { versionProblems } from "./versionChecks";

/** A parsed config, or everything that is wrong with it. */
export type ParseResult =
    | { readonly config: LabConfig; readonly problems: readonly [] }
    | { readonly config?: undefined; readonly problems: readonly Problem[] };

/**
 * Turns the raw values of a stack into the lab's config, or says all that is wrong at once.
 *
 * @param given Values by key without the namespace, as Pulumi hands them out: text, objects as JSON.
 * @param declaring What Pulumi.yaml declares; its defaults stand for keys not given.
 */
export function parseLabConfig(
    given: Readonly<Record<string, string>>,
    declaring: Project,
): ParseResult {
    const clusters = clustersOf(given, declaring);
    const project = withClusters(declaring, clusters);
    const declared = Object.keys(project.declarations);
    const values = {
        ...Object.fromEntries(declared.map((key) => [key, defaultOf(project, key)])),
        ...given,
    };
    const unknown = Object.keys(given).filter((key) => !declared.includes(key));
    const illegal = declared.filter((key) => !limitOf(project, key).allows(values[key]!));
    const problems = [
        ...unknown.map((key) => absentCluster(key, clusters) ?? unknownKey(key, declared)),
        ...illegal.map((key) => illegalValue(key, values[key]!, project)),
        ...overlappingRanges(values, illegal, clusters),
        ...(illegal.length === 0 ? versionProblems(values, clusters) : []),
        ...(illegal.length === 0 ? outageProblems(values, clusters) : []),
        ...(values.clusterProvider === "existing" ? contextProblems(values, clusters) : []),
        ...(illegal.includes("ciliumValues") ? [] : helmProblems(values)),
    ];
    return problems.length > 0
        ? { problems }
        : { config: readConfig(values, clusters), problems: [] };
}

/**
 * {@link parseLabConfig} for whoever cannot go on without a config.
 *
 * @throws ProblemsError with everything that is wrong.
 */
export function requireLabConfig(
    given: Readonly<Record<string, string>>,
    project: Project,
): LabConfig {
    const { config, problems } = parseLabConfig(given, project);
    if (config === undefined) {
        throw new ProblemsError(problems);
    }
    return config;
}

function helmProblems(values: Readonly<Record<string, string>>): Problem[] {
    const given = JSON.parse(values.ciliumValues ?? "{}") as Record<string, unknown>;
    return ciliumValuesProblems(given, values.clusterProvider!);
}

function defaultOf(project: Project, key: string): string {
    return rawValue(project.declarations[key]!.default);
}

/** The problem of a key for a cluster that the stack does not have; undefined if it is no such key. */
function absentCluster(key: string, clusters: readonly ClusterName[]): Problem | undefined {
    const cluster = clusterOfKey(key);
    return (
        cluster && {
            message: `${key} is for ${cluster}, but clusters is ${clusters.length}.`,
            fix: `pulumi config rm ${key}, or pulumi config set clusters ${possibleClusters.indexOf(cluster) + 1}`,
        }
    );
}

function unknownKey(key: string, declared: readonly string[]): Problem {
    const meant = nearest(key, declared);
    // Anything else could mean something to the shell that the command is copied to.
    const isWord = /^\w[\w.-]{0,59}$/.test(key);
    const remove = isWord ? `pulumi config rm ${key}` : "take it out of the stack's config file";
    return {
        message: `${isWord ? key : quote(key)} is not a config key of this project${meant ? `; did you mean ${meant}?` : "."}`,
        fix: meant && isWord ? `${remove} && pulumi config set ${meant} <value>` : remove,
    };
}

function illegalValue(key: string, value: string, project: Project): Problem {
    const isDefaultUsable = limitOf(project, key).allows(defaultOf(project, key));
    const example = isDefaultUsable ? defaultOf(project, key) || '""' : "<value>";
    // Pulumi refuses a text for an object, `{}` too; without the key its default holds.
    const isObjectKey = project.declarations[key]!.type === "object";
    return {
        message: `${key} is ${quote(value)}; it must be ${limitOf(project, key).legal}.`,
        fix: isObjectKey ? `pulumi config rm ${key}` : `pulumi config set ${key} ${example}`,
    };
}
