import { clusterOfKey, clustersOf, withClusters } from "../../../src/config/clusters";
import { readProject } from "../../../src/config/declaration";
import { clusterKeys, configKey, possibleClusters } from "../../../src/config/labConfig";
import { parseLabConfig } from "../../../src/config/parseLabConfig";
import { configWith } from "../../support/defaultConfig";

const project = readProject();

function problemsWith(given: Record<string, string>) {
    return parseLabConfig(given, project).problems;
}

test("a third cluster is like the second, with a name, an id and ranges of its own", () => {
    const [one, two, three, ...more] = configWith({ clusters: "3" }).clusters;
    expect([one, two]).toStrictEqual(configWith().clusters);
    expect(three).toStrictEqual({
        ...two,
        name: "cluster3",
        id: 3,
        podCidr: "10.3.0.0/16",
        serviceCidr: "10.103.0.0/16",
    });
    expect(more).toStrictEqual([]);
});

test("eight clusters have their defaults without an overlap", () => {
    const { clusters } = configWith({ clusters: "8" });
    expect(
        clusters.map(({ name, id, podCidr, serviceCidr }) => [name, id, podCidr, serviceCidr]),
    ).toStrictEqual(
        [1, 2, 3, 4, 5, 6, 7, 8].map((id) => [
            `cluster${id}`,
            id,
            `10.${id}.0.0/16`,
            `10.${100 + id}.0.0/16`,
        ]),
    );
});

test("every key of a third cluster sets its own place and no other", () => {
    const values = {
        globalService: "false",
        sharedService: "false",
        serviceAffinity: "remote",
        rebelBaseReplicas: "7",
        globalNamespace: "false",
        podCidr: "10.50.0.0/16",
        serviceCidr: "10.51.0.0/16",
        kubeconfigContext: "third",
        clusterMeshAddress: "10.0.0.3",
    };
    for (const key of clusterKeys) {
        const { clusters } = configWith({
            clusters: "3",
            [configKey("cluster3", key)]: values[key],
        });
        const [one, two, three] = configWith({ clusters: "3" }).clusters;
        expect(clusters.slice(0, 2)).toStrictEqual([one, two]);
        expect(String(clusters[2]![key])).toBe(values[key]);
        expect({ ...clusters[2], [key]: three![key] }).toStrictEqual(three);
    }
});

test("a default of cluster2 that Pulumi.yaml changes is that of more clusters, too", () => {
    const declarations = {
        ...project.declarations,
        cluster2RebelBaseReplicas: {
            ...project.declarations.cluster2RebelBaseReplicas!,
            default: 5,
        },
    };
    const { config } = parseLabConfig({ clusters: "3" }, { ...project, declarations });
    expect(config!.clusters.map(({ rebelBaseReplicas }) => rebelBaseReplicas)).toStrictEqual([
        2, 5, 5,
    ]);
});

test.each(clusterKeys)("the %s of a third cluster has the limits of the second's", (key) => {
    const [second, third] = (["cluster2", "cluster3"] as const).map((cluster) =>
        problemsWith({ clusters: "3", [configKey(cluster, key)]: "-wrong " }),
    );
    const asSecond = JSON.stringify(third)
        .replaceAll("cluster3", "cluster2")
        .replace("10.3.0.0", "10.2.0.0")
        .replace("10.103.0.0", "10.102.0.0");
    expect(third).toHaveLength(1);
    expect(JSON.parse(asSecond)).toStrictEqual(second);
});

test("a key of a cluster that is not there is told as such, with both ways out", () => {
    expect(problemsWith({ cluster3PodCidr: "10.3.0.0/16" })).toStrictEqual([
        {
            message: "cluster3PodCidr is for cluster3, but clusters is 2.",
            fix: "pulumi config rm cluster3PodCidr, or pulumi config set clusters 3",
        },
    ]);
    expect(problemsWith({ clusters: "3", cluster8SharedService: "false" })).toStrictEqual([
        {
            message: "cluster8SharedService is for cluster8, but clusters is 3.",
            fix: "pulumi config rm cluster8SharedService, or pulumi config set clusters 8",
        },
    ]);
});

test("a misspelt key of a third cluster gets the right one named", () => {
    expect(problemsWith({ clusters: "3", cluster3SharedServce: "false" })).toStrictEqual([
        {
            message:
                "cluster3SharedServce is not a config key of this project; did you mean cluster3SharedService?",
            fix: "pulumi config rm cluster3SharedServce && pulumi config set cluster3SharedService <value>",
        },
    ]);
});

test.each(["cluster9PodCidr", "cluster0PodCidr", "cluster33PodCidr", "cluster1PodCidr"])(
    "%s is the key of no cluster",
    (key) => {
        expect(clusterOfKey(key)).toBeUndefined();
        expect(problemsWith({ clusters: "8", [key]: "10.50.0.0/16" })[0]!.message).toContain(
            `${key} is not a config key of this project`,
        );
    },
);

test("a wrong number of clusters is the only complaint: keys of more clusters may be meant", () => {
    for (const clusters of ["three", "9", "1", ""]) {
        const given = { clusters, cluster3RebelBaseReplicas: "0", cluster8PodCidr: "10.50.0.0/16" };
        expect(problemsWith(given).map(({ fix }) => fix)).toStrictEqual([
            "pulumi config set clusters 2",
        ]);
        expect(clustersOf(given, project)).toStrictEqual([
            "cluster1",
            "cluster2",
            "cluster3",
            "cluster8",
        ]);
    }
});

test("ranges overlap between any two clusters, and only between those that are there", () => {
    const overlap = (given: Record<string, string>) =>
        problemsWith(given).map(({ message }) => message.replace(/;.*$/, ""));
    expect(overlap({ clusters: "3", podCidr: "10.3.128.0/17" })).toStrictEqual([
        "podCidr 10.3.128.0/17 overlaps cluster3PodCidr 10.3.0.0/16",
    ]);
    expect(overlap({ clusters: "3", cluster3ServiceCidr: "10.2.0.0/16" })).toStrictEqual([
        "cluster2PodCidr 10.2.0.0/16 overlaps cluster3ServiceCidr 10.2.0.0/16",
    ]);
    expect(
        overlap({
            clusters: "4",
            cluster3PodCidr: "10.50.0.0/16",
            cluster4PodCidr: "10.50.0.0/24",
        }),
    ).toStrictEqual(["cluster3PodCidr 10.50.0.0/16 overlaps cluster4PodCidr 10.50.0.0/24"]);
    expect(overlap({ clusters: "2", podCidr: "10.3.128.0/17" })).toStrictEqual([]);
});

test("two clusters add no key to what Pulumi.yaml declares", () => {
    expect(withClusters(project, ["cluster1", "cluster2"])).toStrictEqual(project);
});

test("without a number of its own a stack has as many clusters as Pulumi.yaml says", () => {
    expect(clustersOf({}, project)).toStrictEqual(["cluster1", "cluster2"]);
    const declarations = {
        ...project.declarations,
        clusters: { ...project.declarations.clusters!, default: 4 },
    };
    expect(clustersOf({}, { ...project, declarations })).toStrictEqual(
        possibleClusters.slice(0, 4),
    );
});
