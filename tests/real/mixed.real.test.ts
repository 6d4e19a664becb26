import * as yaml from "js-yaml";
import gte from "semver/functions/gte";
import lt from "semver/functions/lt";
import rcompare from "semver/functions/rcompare";
import { ClusterName, clusterNames, configKey, releaseKeys } from "../../src/config/labConfig";
import { readText } from "../support/committed";
import { RealLab, expectAgreement, givenConfig, keysOf, whyNotReal } from "../support/realLab";
import { Tally } from "../support/steadyRequests";
import { crossing, expectServed, underLoad, upWithHome } from "../support/upgradeLoad";

const { LAB_TEST_CONFIG: config, LAB_TEST_UPGRADE: upgrade } = process.env;
const reason =
    whyNotReal() ?? (config && !upgrade ? "LAB_TEST_UPGRADE names no newer Cilium" : undefined);
const onRealClusters = reason === undefined ? describe : describe.skip;

type Keys = Readonly<Record<string, string>>;

/** The keys of a Cilium among those of a stack file. */
function releaseIn(keys: Keys): Keys {
    return Object.fromEntries(
        Object.entries(keys).filter(([key]) => (releaseKeys as readonly string[]).includes(key)),
    );
}

/** The newest version before another that CI brings up labs of. */
function versionBefore(version: string): string {
    const ci = yaml.load(readText(".github", "workflows", "ci.yaml")) as {
        jobs: { lab: { strategy: { matrix: { include: { cilium: string }[] } } } };
    };
    const all = ci.jobs.lab.strategy.matrix.include.map(({ cilium }) => cilium);
    return all.filter((one) => lt(one, version)).sort(rcompare)[0]!;
}

/** The same keys, for one of the clusters alone. */
function of(cluster: ClusterName, keys: Keys): Keys {
    return Object.fromEntries(
        releaseKeys.flatMap((key) =>
            keys[key] === undefined ? [] : [[configKey(cluster, key), keys[key]]],
        ),
    );
}

/** Settings of the lab that a mesh of two minors has to keep; the others have their defaults. */
const variants: readonly Keys[] = [
    {},
    { sharedService: "false" },
    { cluster2SharedService: "false" },
    { cluster2GlobalService: "false" },
    { serviceAffinity: "local", cluster2ServiceAffinity: "remote" },
    { cluster2RebelBaseReplicas: "0" },
    { networkPolicy: "cluster1-only" },
];

const defaults: Keys = {
    sharedService: "true",
    cluster2SharedService: "true",
    cluster2GlobalService: "true",
    serviceAffinity: "none",
    cluster2ServiceAffinity: "none",
    cluster2RebelBaseReplicas: "2",
    networkPolicy: "none",
    globalNamespace: "true",
    cluster2GlobalNamespace: "true",
};

// LAB_TEST_CONFIG has the older Cilium, LAB_TEST_UPGRADE, a stack file, the newer; without both, they are the default and
// the minor before it.
onRealClusters(`one cluster after the other${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;
    let older: Keys;
    let newer: Keys;

    beforeAll(() => {
        lab = new RealLab();
        const given = { ciliumVersion: lab.given("ciliumVersion"), ...releaseIn(givenConfig()) };
        newer = upgrade ? releaseIn(keysOf(upgrade)) : given;
        older = upgrade ? given : { ciliumVersion: versionBefore(given.ciliumVersion) };
        lab.configure(older);
        upWithHome(lab);
    });

    afterAll(() => lab.remove());

    /** An `up` under load that makes one cluster's Cilium anew and leaves the other's alone. */
    function upReplacing(cluster: ClusterName, title: string): Promise<Tally[]> {
        const other = clusterNames.find((name) => name !== cluster)!;
        const work = () => lab.start("up").ended;
        const pods = { replaced: new RegExp(`^${cluster} `), kept: new RegExp(`^${other} `) };
        return underLoad(lab, { title, work, ...pods });
    }

    /** What the agents themselves say they are. */
    function running(): (string | undefined)[] {
        const command = ["exec", "-n", "kube-system", "ds/cilium", "-c", "cilium-agent", "--"];
        return clusterNames.map((cluster) => {
            const { stdout } = lab.kubectl(cluster, ...command, "cilium-dbg", "version");
            return /^Daemon: (\S+)/m.exec(stdout)?.[1];
        });
    }

    /** That the agents, the config and the proof have the same versions. */
    function expectVersions(...versions: (string | undefined)[]): void {
        expect(running()).toEqual(versions);
        const { result } = lab.answering();
        expect(result.sides.map(({ ciliumVersion }) => ciliumVersion)).toEqual(versions);
        const text = `${versions[0]} (cluster1) and ${versions[1]} (cluster2)`;
        expect(result.ciliumVersion).toBe(versions[0] === versions[1] ? versions[0] : text);
    }

    /** Takes away what is cluster2's alone. */
    function followCluster1(): void {
        for (const key of Object.keys(of("cluster2", newer))) {
            expect(lab.pulumi("config", "rm", key).code).toBe(0);
        }
    }

    /** That requests and rule agree with every variant, in a mesh with one cluster on each minor. */
    function expectRule(newest: ClusterName, version: string): void {
        const local = { [configKey(newest, "globalNamespace")]: "false" };
        const more = gte(version, "1.20.0-0") ? [local] : [];
        for (const settings of [...variants, ...more]) {
            lab.configure({ ...defaults, ...settings });
            const ended = lab.run("up");
            process.stdout.write(`${JSON.stringify(settings)}: ${ended.seconds.toFixed(0)} s\n`);
            expectAgreement(ended);
        }
        lab.configure({ ...defaults, ...crossing });
        expectAgreement(lab.run("up"));
    }

    test("cluster2 alone is upgraded: cluster1 keeps its pods, and next to no request is lost", async () => {
        lab.configure(of("cluster2", newer));
        expectServed(await upReplacing("cluster2", "upgrade of cluster2"));
        expectVersions(older.ciliumVersion, newer.ciliumVersion);
    });

    test("with cluster2 on the later minor, requests and rule agree whatever is set", () => {
        expectRule("cluster2", newer.ciliumVersion!);
    });

    test("then cluster1 is upgraded, cluster2's own keys go, and cluster2 keeps its pods", async () => {
        lab.configure(newer);
        followCluster1();
        expectServed(await upReplacing("cluster1", "upgrade of cluster1"));
        expectVersions(newer.ciliumVersion, newer.ciliumVersion);
    });

    test("cluster2 alone goes back, and next to no request is lost", async () => {
        lab.configure(of("cluster2", older));
        expectServed(await upReplacing("cluster2", "downgrade of cluster2"));
        expectVersions(newer.ciliumVersion, older.ciliumVersion);
    });

    test("with cluster1 on the later minor, requests and rule agree whatever is set", () => {
        expectRule("cluster1", newer.ciliumVersion!);
    });

    test("then cluster1 goes back, and cluster2 keeps its pods", async () => {
        lab.configure(older);
        followCluster1();
        expectServed(await upReplacing("cluster1", "downgrade of cluster1"));
        expectVersions(older.ciliumVersion, older.ciliumVersion);
    });

    test("a Cilium two minors away is refused, and nothing changes", () => {
        lab.configure({ cluster2CiliumVersion: "1.99.0" });
        const { code, output } = lab.run("up");
        expect(output).toContain(
            "Cilium wants the clusters of a mesh to be at most one minor version apart.",
        );
        expect(code).toBe(2);
        expect(lab.pulumi("config", "rm", "cluster2CiliumVersion").code).toBe(0);
        expectVersions(older.ciliumVersion, older.ciliumVersion);
    });
});
