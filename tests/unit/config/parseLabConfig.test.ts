import * as fc from "fast-check";
import { Project, rawValue, readProject } from "../../../src/config/declaration";
import { ClusterConfig, LabConfig } from "../../../src/config/labConfig";
import { parseLabConfig } from "../../../src/config/parseLabConfig";
import { quote } from "../../../src/config/problem";
import { configLimits } from "../../support/configLimits";
import { anyGiven } from "../../support/configText";
import { configWith } from "../../support/defaultConfig";

const project = readProject();
const defaults: LabConfig = configWith();

function defaultOf(key: string): string {
    return rawValue(project.declarations[key]!.default);
}

function problemsWith(given: Record<string, string>) {
    return parseLabConfig(given, project).problems;
}

test("without any key of its own a stack has the defaults and no problem", () => {
    const release = {
        version: "1.20.2",
        chart: "cilium",
        images: { agent: "", operator: "", clusterMeshApiserver: "" },
    };
    // What people count on; that nothing else is in it than what has a key is the next test's.
    expect(parseLabConfig({}, project)).toMatchObject({
        config: {
            clusterProvider: "kind",
            kubeconfig: "",
            clusters: [
                {
                    name: "cluster1",
                    id: 1,
                    globalService: true,
                    sharedService: true,
                    serviceAffinity: "none",
                    rebelBaseReplicas: 2,
                    globalNamespace: true,
                    podCidr: "10.1.0.0/16",
                    serviceCidr: "10.101.0.0/16",
                    kubeconfigContext: "",
                    clusterMeshAddress: "",
                    release,
                },
                {
                    name: "cluster2",
                    id: 2,
                    globalService: true,
                    sharedService: true,
                    serviceAffinity: "none",
                    rebelBaseReplicas: 2,
                    globalNamespace: true,
                    podCidr: "10.2.0.0/16",
                    serviceCidr: "10.102.0.0/16",
                    kubeconfigContext: "",
                    clusterMeshAddress: "",
                    release,
                },
            ],
            networkPolicy: "none",
            outage: "none",
            outageOf: "cluster",
            legacyAnnotations: false,
            xWingReplicas: 2,
            rebelBaseImage: "",
            xWingImage: "",
            ttlHours: 0,
            nodeImage: "",
            cilium: {
                chartRepository: "https://helm.cilium.io/",
                cacheTtl: "0s",
                hubble: false,
                values: {},
            },
        },
        problems: [],
    });
});

/** Paths of all that differs between two configs. */
function changedPaths(a: unknown, b: unknown, path = ""): string[] {
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
        return Object.is(a, b) ? [] : [path];
    }
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].flatMap((key) =>
        changedPaths(
            (a as Record<string, unknown>)[key],
            (b as Record<string, unknown>)[key],
            `${path}.${key}`,
        ),
    );
}

/** Paths of all values in a config. */
function leaves(value: unknown, path = ""): string[] {
    return typeof value === "object" && value !== null
        ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}.${key}`))
        : [path];
}

test("every declared key is read: each changes its place of the config, and no other but of who follows cluster1", () => {
    for (const [key, { sets, follows = [], legal, needs }] of Object.entries(configLimits)) {
        const value = legal.find((text) => text !== defaultOf(key))!;
        const changed = changedPaths(configWith(needs), configWith({ ...needs, [key]: value }));
        expect(changed).toStrictEqual([sets, follows].flat());
    }
});

test("every key that is read is declared: nothing in the config but names and ids has no key", () => {
    const constant = [0, 1].flatMap((i) => [`.clusters.${i}.name`, `.clusters.${i}.id`]);
    const settable = Object.values(configLimits).map(({ sets }) => sets);
    const notThereByDefault = [".cilium.values.debug", ".clusters.2"];
    expect(leaves(defaults).sort()).toStrictEqual(
        [...constant, ...settable].filter((path) => !notThereByDefault.includes(path)).sort(),
    );
});

test("a default that Pulumi.yaml changes is the default", () => {
    const declarations = {
        ...project.declarations,
        rebelBaseReplicas: { ...project.declarations.rebelBaseReplicas!, default: 7 },
    };
    const { config } = parseLabConfig({}, { ...project, declarations });
    expect(config!.clusters.map(({ rebelBaseReplicas }) => rebelBaseReplicas)).toStrictEqual([
        7, 2,
    ]);
});

test("a default that is not legal itself is no example", () => {
    const declarations: Project["declarations"] = {
        ...project.declarations,
        rebelBaseReplicas: { ...project.declarations.rebelBaseReplicas!, default: 99 },
    };
    expect(parseLabConfig({}, { ...project, declarations }).problems).toStrictEqual([
        {
            message: 'rebelBaseReplicas is "99"; it must be a whole number from 0 to 20.',
            fix: "pulumi config set rebelBaseReplicas <value>",
        },
    ]);
});

test("all problems come at once: unknown keys, illegal values, overlapping ranges", () => {
    expect(
        problemsWith({
            sharedServices: "false",
            serviceAffinity: "near",
            cluster2RebelBaseReplicas: "-3",
            serviceCidr: "10.2.128.0/17",
            podCidr: "10.1.0.1/16",
        }).map(({ message }) => message),
    ).toStrictEqual([
        "sharedServices is not a config key of this project; did you mean sharedService?",
        'serviceAffinity is "near"; it must be one of none, local, remote.',
        'cluster2RebelBaseReplicas is "-3"; it must be a whole number from 0 to 20.',
        'podCidr is "10.1.0.1/16"; it must be an IPv4 network from /8 to /24, e.g. 10.1.0.0/16, with no host bit set.',
        "serviceCidr 10.2.128.0/17 overlaps cluster2PodCidr 10.2.0.0/16; every range must be its own.",
    ]);
});

test.each([
    ["sharedservice", "sharedService"],
    ["SHAREDSERVICE", "sharedService"],
    ["cluster2SharedServce", "cluster2SharedService"],
    ["rebelbaseReplica", "rebelBaseReplicas"],
    ["ciliumversion", "ciliumVersion"],
])("an unknown key %s gets the nearest one named", (key, meant) => {
    expect(problemsWith({ [key]: "x" })).toStrictEqual([
        {
            message: `${key} is not a config key of this project; did you mean ${meant}?`,
            fix: `pulumi config rm ${key} && pulumi config set ${meant} <value>`,
        },
    ]);
});

test.each(["clusterCount", "x", "__proto__", "constructor", "toString"])(
    "an unknown key %s that is near none gets none named",
    (key) => {
        expect(problemsWith(Object.fromEntries([[key, "1"]]))).toStrictEqual([
            {
                message: `${key} is not a config key of this project.`,
                fix: `pulumi config rm ${key}`,
            },
        ]);
    },
);

test("an unknown key cannot write on the terminal", () => {
    const [problem] = problemsWith({ "\u001b[31m\nred": "1" });
    expect(problem!.message).toBe('"\\u001b[31m\\nred" is not a config key of this project.');
});

test.each([
    "",
    "--force",
    "; rm x",
    "$(id)",
    "a b",
    "config:podCidr",
    "x".repeat(61),
    "p\u043edCidr",
])("the unknown key %j goes into no command that somebody may copy to a shell", (key) => {
    const [problem] = problemsWith({ [key]: "1" });
    expect(problem!.message).toContain(`${quote(key)} is not a config key of this project`);
    expect(problem!.fix).toBe("take it out of the stack's config file");
});

test.each([
    [{ podCidr: "10.2.0.0/16" }, ["podCidr 10.2.0.0/16", "cluster2PodCidr 10.2.0.0/16"]],
    [{ podCidr: "10.101.4.0/24" }, ["podCidr 10.101.4.0/24", "serviceCidr 10.101.0.0/16"]],
    [
        { serviceCidr: "10.96.0.0/12" },
        ["serviceCidr 10.96.0.0/12", "cluster2ServiceCidr 10.102.0.0/16"],
    ],
    [
        { cluster2ServiceCidr: "10.2.3.0/24" },
        ["cluster2PodCidr 10.2.0.0/16", "cluster2ServiceCidr 10.2.3.0/24"],
    ],
])("ranges that overlap are both named: %j", (given, [ours, other]) => {
    const owner = ours!.split(" ")[0];
    expect(problemsWith(given)).toStrictEqual([
        {
            message: `${ours} overlaps ${other}; every range must be its own.`,
            fix: `pulumi config set ${owner} <a free network such as 10.50.0.0/16>`,
        },
    ]);
});

test("every overlapping pair is a problem of its own", () => {
    expect(problemsWith({ podCidr: "10.0.0.0/8" })).toHaveLength(3);
});

test("whatever a stack hands over gives a config within its limits, or says what is wrong", () => {
    const outcomes = new Set<string>();
    fc.assert(
        fc.property(anyGiven, (given) => {
            const { config, problems } = parseLabConfig(given, project);
            outcomes.add(config === undefined ? "problems" : "config");
            if (config === undefined) {
                expect(problems.length).toBeGreaterThan(0);
                for (const { message, fix } of problems) {
                    expect(message).toMatch(/^[^\n\r\u001b]{1,400}\.?$/);
                    expect(fix).toMatch(/^(pulumi config|take it out of) [^\n\r\u001b]{1,400}$/);
                }
            } else {
                expect(problems).toStrictEqual([]);
                config.clusters.forEach(expectWithinLimits);
            }
        }),
        { numRuns: 400 },
    );
    expect([...outcomes].sort()).toStrictEqual(["config", "problems"]);
    expect(Object.prototype).not.toHaveProperty("x");
});

function expectWithinLimits(cluster: ClusterConfig): void {
    expect(Number.isInteger(cluster.rebelBaseReplicas)).toBe(true);
    expect(cluster.rebelBaseReplicas).toBeGreaterThanOrEqual(0);
    expect(cluster.rebelBaseReplicas).toBeLessThanOrEqual(20);
    expect(["none", "local", "remote"]).toContain(cluster.serviceAffinity);
    expect(typeof cluster.globalService).toBe("boolean");
    expect(typeof cluster.sharedService).toBe("boolean");
    expect(cluster.podCidr).toMatch(/^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/);
}

test("a huge text is refused like a short one", () => {
    const huge = "a/".repeat(100_000);
    const given = Object.fromEntries(Object.keys(project.declarations).map((key) => [key, huge]));
    expect(problemsWith(given)).toHaveLength(Object.keys(given).length);
    expect(problemsWith({ [huge]: "" })).toHaveLength(1);
});
