import { readProject } from "../../../src/config/declaration";
import { ciliumOf } from "../../../src/config/labConfig";
import { parseLabConfig } from "../../../src/config/parseLabConfig";
import { configWith } from "../../support/defaultConfig";

function problemsWith(given: Record<string, string>) {
    return parseLabConfig(given, readProject()).problems;
}

function versionsWith(given: Record<string, string>) {
    return configWith(given).clusters.map(({ release }) => release.version);
}

test("a cluster has cluster1's Cilium unless it has one of its own", () => {
    expect(versionsWith({ ciliumVersion: "1.19.7" })).toEqual(["1.19.7", "1.19.7"]);
    expect(versionsWith({ cluster2CiliumVersion: "1.19.7" })).toEqual(["1.20.2", "1.19.7"]);
    expect(versionsWith({ clusters: "3", cluster3CiliumVersion: "1.19.7" })).toEqual([
        ...["1.20.2", "1.20.2", "1.19.7"],
    ]);
    // Pulumi hands out an empty default, and people write one.
    expect(versionsWith({ cluster2CiliumVersion: "" })).toEqual(["1.20.2", "1.20.2"]);
});

test("a cluster's Cilium is its own release with what all have in common", () => {
    const config = configWith({
        ciliumChart: "/charts/1.20",
        ciliumImage: "agent:1.20",
        ciliumOperatorImage: "operator:1.20",
        clusterMeshApiserverImage: "apiserver:1.20",
        cluster2CiliumVersion: "1.19.7",
        cluster2CiliumChart: "/charts/1.19",
        cluster2CiliumImage: "agent:1.19",
        cluster2CiliumOperatorImage: "operator:1.19",
        cluster2ClusterMeshApiserverImage: "apiserver:1.19",
        hubble: "true",
    });
    const common = { chartRepository: "https://helm.cilium.io/", cacheTtl: "0s", hubble: true };
    const of = (minor: string, version: string) => ({
        ...common,
        values: {},
        version,
        chart: `/charts/${minor}`,
        images: {
            agent: `agent:${minor}`,
            operator: `operator:${minor}`,
            clusterMeshApiserver: `apiserver:${minor}`,
        },
    });
    expect(ciliumOf(config, "cluster1")).toEqual(of("1.20", "1.20.2"));
    expect(ciliumOf(config, "cluster2")).toEqual(of("1.19", "1.19.7"));
});

describe("versions of one mesh", () => {
    test.each([
        ["1.20.2", "1.19.0"],
        ["1.19.7", "1.20.2"],
        ["1.20.2", "1.21.0-pre.0"],
        ["1.20.0", "1.20.2"],
    ])("%s and %s are near enough", (ciliumVersion, cluster2CiliumVersion) => {
        expect(problemsWith({ ciliumVersion, cluster2CiliumVersion })).toEqual([]);
    });

    test.each([
        ["1.20.2", "1.18.14", "1.19, 1.20 or 1.21"],
        ["1.18.14", "1.20.0-rc.0", "1.18 or 1.19"],
        ["1.20.2", "1.22.0", "1.19, 1.20 or 1.21"],
        ["1.20.2", "2.20.0", "1.19, 1.20 or 1.21"],
    ])("%s and %s are refused in one sentence", (ciliumVersion, cluster2CiliumVersion, near) => {
        expect(problemsWith({ ciliumVersion, cluster2CiliumVersion })).toEqual([
            {
                message: `cluster2CiliumVersion is ${cluster2CiliumVersion}, and ciliumVersion is ${ciliumVersion}; Cilium wants the clusters of a mesh to be at most one minor version apart.`,
                fix: `pulumi config set cluster2CiliumVersion <a version of ${near}>, or pulumi config rm cluster2CiliumVersion`,
            },
        ]);
    });

    test("two clusters beside cluster1 may not be too far from each other", () => {
        const given = { clusters: "4", cluster2CiliumVersion: "1.19.7" };
        expect(problemsWith({ ...given, cluster3CiliumVersion: "1.21.0" })).toEqual([
            {
                message:
                    "cluster3CiliumVersion is 1.21.0, and cluster2CiliumVersion is 1.19.7; Cilium wants the clusters of a mesh to be at most one minor version apart.",
                fix: "pulumi config set cluster3CiliumVersion <a version of 1.18, 1.19 or 1.20>, or pulumi config rm cluster3CiliumVersion",
            },
        ]);
    });

    test("a cluster that follows cluster1 is not blamed for one that does not", () => {
        const given = { clusters: "3", cluster2CiliumVersion: "1.18.14" };
        expect(problemsWith(given).map(({ message }) => message.split(" ")[0])).toEqual([
            "cluster2CiliumVersion",
        ]);
    });
});

describe("chart and images that name a version", () => {
    const own = {
        ciliumChart: ["/charts/cilium-1.20.2.tgz", "the chart"],
        ciliumImage: ["cilium:1.20.2", "the image"],
        ciliumOperatorImage: ["operator:1.20.2", "the image"],
        clusterMeshApiserverImage: ["apiserver:1.20.2", "the image"],
    } as const;

    test.each(Object.entries(own))(
        "%s is not that of a cluster with another version",
        (key, [value, what]) => {
            const ownKey = `cluster2${key[0]!.toUpperCase()}${key.slice(1)}`;
            const given = { [key]: value, cluster2CiliumVersion: "1.19.7" };
            expect(problemsWith(given)).toEqual([
                {
                    message: `cluster2CiliumVersion is 1.19.7, and ${key} is "${value}", which is cluster1's of 1.20.2; cluster2 needs its own.`,
                    fix: `pulumi config set ${ownKey} <${what} of 1.19.7>`,
                },
            ]);
            expect(problemsWith({ ...given, [ownKey]: value.replace("1.20.2", "1.19.7") })).toEqual(
                [],
            );
            expect(problemsWith({ ...given, cluster2CiliumVersion: "1.20.2" })).toEqual([]);
        },
    );

    test.each(["https://a.example/cilium-1.20.2.tgz", "./cilium"])(
        "the chart %s has one version",
        (ciliumChart) => {
            expect(problemsWith({ ciliumChart, cluster2CiliumVersion: "1.19.7" })).toHaveLength(1);
        },
    );

    test.each(["cilium", "oci://quay.io/cilium/charts/cilium"])(
        "the chart %s has all versions",
        (ciliumChart) => {
            expect(problemsWith({ ciliumChart, cluster2CiliumVersion: "1.19.7" })).toEqual([]);
        },
    );
});

describe("keys that came with a later Cilium", () => {
    test.each([
        ["clusterMeshCacheTtl", "30s", "1.19", "1.18.14"],
        ["globalNamespace", "false", "1.20", "1.19.8"],
        ["cluster2GlobalNamespace", "false", "1.20", "1.18.14"],
    ])("%s %s is refused before Cilium %s in one sentence", (key, value, since, version) => {
        const given = { [key]: value, ciliumVersion: version };
        expect(problemsWith(given)).toEqual([
            {
                message: `${key} is "${value}"; Cilium has it from ${since} on, and ciliumVersion is ${version}.`,
                fix: `pulumi config rm ${key}, or pulumi config set ciliumVersion <${since}.0 or later>`,
            },
        ]);
        expect(problemsWith({ ...given, ciliumVersion: `${since}.0-rc.1` })).toEqual([]);
    });

    test("their defaults are taken with every Cilium", () => {
        const given = { clusterMeshCacheTtl: "0s", globalNamespace: "true" };
        expect(problemsWith({ ...given, ciliumVersion: "1.18.14" })).toEqual([]);
    });

    test("a TTL reaches all clusters, so that the oldest of them has to know it", () => {
        const given = { clusterMeshCacheTtl: "30s", ciliumVersion: "1.19.7" };
        expect(problemsWith({ ...given, cluster2CiliumVersion: "1.18.14" })).toEqual([
            {
                message:
                    'clusterMeshCacheTtl is "30s"; Cilium has it from 1.19 on, and cluster2CiliumVersion is 1.18.14.',
                fix: "pulumi config rm clusterMeshCacheTtl, or pulumi config set cluster2CiliumVersion <1.19.0 or later>",
            },
        ]);
        const older = { ...given, ciliumVersion: "1.18.14", cluster2CiliumVersion: "1.19.7" };
        expect(problemsWith(older)).toMatchObject([
            { message: expect.stringMatching(/ on, and ciliumVersion is 1\.18\.14\.$/) as string },
        ]);
    });

    test("a namespace is read by the Cilium of its own cluster alone", () => {
        const mixed = { cluster2CiliumVersion: "1.19.7" };
        expect(problemsWith({ ...mixed, globalNamespace: "false" })).toEqual([]);
        expect(problemsWith({ ...mixed, cluster2GlobalNamespace: "false" })).toEqual([
            {
                message:
                    'cluster2GlobalNamespace is "false"; Cilium has it from 1.20 on, and cluster2CiliumVersion is 1.19.7.',
                fix: "pulumi config rm cluster2GlobalNamespace, or pulumi config set cluster2CiliumVersion <1.20.0 or later>",
            },
        ]);
    });
});
