/** A resource as the rules see it: plain data, without what is not known yet. */
export interface Resource {
    readonly urn: string;
    /** Pulumi's type, e.g. `kubernetes:apps/v1:Deployment`. */
    readonly type: string;
    readonly name: string;
    readonly props: Readonly<Record<string, unknown>>;
    /** Name of the provider; undefined for a component. */
    readonly provider?: string;
}

/** What breaks a rule. */
export interface Violation {
    readonly urn: string;
    /** One sentence: which resource, what it has, what to do. */
    readonly message: string;
}

/** The value of a key on the way through objects and lists; undefined where there is none. */
export function at(value: unknown, ...path: readonly string[]): unknown {
    return path.reduce<unknown>(
        (inner, key) => (isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
        value,
    );
}

export function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null;
}

/**
 * A copy of a value as Pulumi's policy SDK hands it out. What a preview cannot know yet throws when it is read
 * there; here it is left out.
 */
export function known(value: unknown): unknown {
    if (!isObject(value)) {
        return value;
    }
    const entries = Object.keys(value).flatMap((key): [string, unknown][] => {
        try {
            return [[key, known(value[key])]];
        } catch {
            return [];
        }
    });
    return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}
