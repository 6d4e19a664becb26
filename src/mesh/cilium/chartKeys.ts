import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as yaml from "js-yaml";
import { isMapping } from "../../config/mapping";
import { Problem, nearest, printable } from "../../config/problem";
import { shellQuote } from "../../config/shell";
import { filesInTar } from "../../machine/tar";

/** A level of a chart's `values.schema.json`; that of Cilium lists properties and allows all others. */
interface Level {
    readonly properties?: Readonly<Record<string, Level>>;
}

/** What a chart says of the values that it takes. */
export interface ChartKeys {
    readonly schema: Level;
    readonly defaults: unknown;
    /** All of `templates`: some values are read there and listed nowhere. */
    readonly templates: string;
    /** Keys that `values.yaml` has in a comment. */
    readonly commented: ReadonlySet<string>;
}

/** Keys below which Kubernetes, or the user, says what is legal. */
const free =
    /^(.*annotations|.*labels|nodeSelector|matchLabels|affinity|.*securityContext|resources|hard|updateStrategy|strategy|tolerations|lifecycle|.*Probe|extra.*)$/i;

/**
 * The keys of a chart at hand: a folder or a packed one.
 *
 * @returns Undefined where it cannot be read here, an OCI reference e.g., or has no `values.yaml`.
 */
export function readChartKeys(chart: string): ChartKeys | undefined {
    try {
        const files = statSync(chart).isDirectory() ? folderFiles(chart) : packedFiles(chart);
        const values = files.get("values.yaml");
        if (values === undefined) {
            return undefined;
        }
        const comments = values.matchAll(/^\s*#\s*([A-Za-z][\w-]*):/gm);
        return {
            schema: JSON.parse(files.get("values.schema.json") ?? "{}") as Level,
            defaults: yaml.load(values),
            templates: [...files]
                .filter(([name]) => name.startsWith("templates/"))
                .map(([, text]) => text)
                .join("\n"),
            commented: new Set([...comments].map(([, key]) => key!)),
        };
    } catch {
        // Helm itself says what is wrong with it.
        return undefined;
    }
}

function isWanted(name: string): boolean {
    return /^(values\.yaml|values\.schema\.json|templates\/.*)$/.test(name);
}

function folderFiles(folder: string): Map<string, string> {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const files = names
        .map((name) => [name.replaceAll("\\", "/"), join(folder, name)] as const)
        .filter(([name, path]) => isWanted(name) && statSync(path).isFile());
    return new Map(files.map(([name, path]) => [name, readFileSync(path, "utf8")]));
}

/** A packed chart's files, without the one folder that all of them are in. */
function packedFiles(path: string): Map<string, string> {
    const files = [...filesInTar(gunzipSync(readFileSync(path)))].map(
        ({ name, content }) => [name.replace(/^[^/]+\//, ""), content] as const,
    );
    return new Map(
        files
            .filter(([name]) => isWanted(name))
            .map(([name, content]) => [name, content.toString()]),
    );
}

/**
 * The keys of the user's values that a chart does not know: mistyped ones, which Helm takes without a word.
 *
 * @param name The chart and its version, for the messages.
 */
export function unknownValues(
    values: Readonly<Record<string, unknown>>,
    chart: ChartKeys,
    name: string,
): Problem[] {
    return strayIn(values, chart.schema, chart.defaults, [], chart).map(({ path, meant }) => {
        const hint =
            meant === undefined
                ? "."
                : `; did you mean ${[...path.slice(0, -1), meant].join(".")}?`;
        return {
            message: `ciliumValues has ${printable(path.join("."))}, which chart ${name} does not know${hint}`,
            fix: path.every((key) => /^[\w.-]{1,100}$/.test(key))
                ? `pulumi config rm --path ${shellQuote(propertyPath(path))}`
                : "take it out of the stack's config file",
        };
    });
}

/** A path as `pulumi config` takes it: a dot in a key would part it. */
function propertyPath(path: readonly string[]): string {
    return path.reduce(
        (above, key) => `${above}${key.includes(".") ? `["${key}"]` : `.${key}`}`,
        "ciliumValues",
    );
}

interface Stray {
    readonly path: readonly string[];
    /** A key that is near it, at the same place. */
    readonly meant?: string;
}

function strayIn(
    values: Readonly<Record<string, unknown>>,
    schema: Level | undefined,
    defaults: unknown,
    above: readonly string[],
    chart: ChartKeys,
): Stray[] {
    const known = [
        ...keysOf(schema?.properties),
        ...keysOf(defaults),
        ...(above.length === 0 ? ["global"] : []),
    ];
    // Where the chart lists nothing, anything goes.
    if (keysOf(schema?.properties).length + keysOf(defaults).length === 0) {
        return [];
    }
    return Object.entries(values).flatMap(([key, value]) => {
        const path = [...above, key];
        if (!known.includes(key)) {
            const meant = nearest(key, known);
            return isMentioned(path, meant, chart) ? [] : [{ path, meant }];
        }
        const isOpen = free.test(key) || !isMapping(value);
        const under = isMapping(defaults) ? defaults[key] : undefined;
        return isOpen ? [] : strayIn(value, schema?.properties?.[key], under, path, chart);
    });
}

/** Whether a key that is not listed is one all the same: in a comment, or read by a template. */
function isMentioned(
    path: readonly string[],
    meant: string | undefined,
    chart: ChartKeys,
): boolean {
    const key = path.at(-1)!;
    const isRead = (text: string) =>
        new RegExp(`\\.${escaped(text)}(?![\\w-])`).test(chart.templates);
    return (
        chart.commented.has(key) ||
        isRead(`Values.${path.join(".")}`) ||
        // By a name alone, as in `with .Values.operator`, unless a near one is meant.
        (meant === undefined && isRead(key))
    );
}

function escaped(text: string): string {
    return text.replace(/[^\w]/g, "\\$&");
}

function keysOf(value: unknown): string[] {
    return isMapping(value) ? Object.keys(value) : [];
}
