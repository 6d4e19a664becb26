import * as net from "node:net";
import * as yaml from "js-yaml";
import * as semver from "semver";
import { withClusters } from "../../src/config/clusters";
import { readProject } from "../../src/config/declaration";
import { limitOf } from "../../src/config/keys";
import { LabConfig } from "../../src/config/labConfig";
import { Problem, formatProblems } from "../../src/config/problem";
import { readManifests } from "../../src/lab/manifests";
import { applyVariant, variantOf } from "../../src/lab/variant";
import { kindClusterName, nodeName } from "../../src/machine/names";
import { chartSource } from "../../src/mesh/cilium/chart";
import { ciliumValues } from "../../src/mesh/cilium/values";
import { kindConfig, kindConfigYaml } from "../../src/mesh/kind/kindConfig";

const project = withClusters(readProject(), ["cluster3"]);

const range = String.raw`\w+ [\d.]+/\d+`;
const word = String.raw`\w[\w.-]{0,59}`;
const quoted = String.raw`"[ -~]*…?"`;

/** Every message that a wrong config may get, with the fix that goes with it. */
const kinds: readonly (readonly [message: RegExp, fix: RegExp])[] = [
    [
        new RegExp(`^\\w+ is ${quoted}; it must be [ -~…]+\\.$`),
        /^pulumi config (set \w+ \S+|rm \w+)$/,
    ],
    [
        new RegExp(
            `^(${word}|${quoted}) is not a config key of this project(\\.|; did you mean \\w+\\?)$`,
        ),
        new RegExp(
            `^(pulumi config rm ${word}( && pulumi config set \\w+ <value>)?|take it out of the stack's config file)$`,
        ),
    ],
    [
        /^\w+ is for cluster3, but clusters is 2\.$/,
        /^pulumi config rm \w+, or pulumi config set clusters 3$/,
    ],
    [
        new RegExp(`^${range} overlaps ${range}; every range must be its own\\.$`),
        /^pulumi config set \w+ <a free network such as 10\.50\.0\.0\/16>$/,
    ],
    [
        new RegExp(
            `^\\w*[kK]ubeconfigContext (is empty, and clusterProvider existing needs a context for every cluster|is ${quoted}, and so is \\w+; every cluster needs a context of its own)\\.$`,
        ),
        /^pulumi config set \w+ <a name that kubectl config get-contexts shows>$/,
    ],
    [
        /^\S+\.yaml (is not valid YAML: |is no stack config: |has a value that )[ -~…]{1,250}\.$/,
        /^edit \S+\.yaml$/,
    ],
    [
        new RegExp(`^ciliumValues sets [\\w./-]+ to ${quoted}; it must be [ -~]{1,200}\\.$`),
        /^pulumi config rm --path ciliumValues\.[\w./-]+$/,
    ],
    [
        new RegExp(`^ciliumValues has the key ${quoted}, whose dots are a part of its name here, `),
        /^(pulumi config rm --path 'ciliumValues\["[\w.-]+"\]'(; what is meant is set with pulumi config set --path ciliumValues\.[\w.-]+ <value>)?|take it out of the stack's config file)$/,
    ],
    [
        /^ciliumValues has --[\w-]+ in [\w.]+; it must be left out: [ -~]{1,200}\.$/,
        /^pulumi config rm --path 'ciliumValues\.[\w.]+\[\d+\]'$/,
    ],
    [
        /^ciliumValues sets routingMode to "native" without autoDirectNodeRoutes, /,
        /^pulumi config set --path ciliumValues\.autoDirectNodeRoutes true, or /,
    ],
    [
        new RegExp(`^outage is ${quoted}, but clusters is \\d; it must be one of [ -~]{1,100}\\.$`),
        /^pulumi config set outage cluster\d, or pulumi config rm outage$/,
    ],
    [
        /^outage is cluster\d, and clusterProvider is existing: only kind's clusters can be stopped from here\.$/,
        /^pulumi config set outageOf clustermesh-apiserver, or pulumi config rm outage$/,
    ],
    [
        /^\S+\.yaml has a text for \w+, in quotes or behind a \| or >; Pulumi takes an object alone\.$/,
        /^edit \S+\.yaml: write what is in the text below \w+:$/,
    ],
    [/^\S+\.yaml is not in UTF-8\.$/, /^save it in UTF-8, e\.g\. with an editor$/],
    [
        new RegExp(
            `^\\S+\\.yaml has ${quoted}( beside config:, where nobody reads it\\.|, which nobody reads; did you mean \\w+\\?| twice, with the project's name before it and without\\.)$`,
        ),
        /^(take it out there, and pulumi config set \w+ <value>|edit \S+\.yaml)$/,
    ],
    [
        /^\S+\.yaml has environment: \(Pulumi ESC\), whose values only Pulumi can read; /,
        /^put the values below config:, /,
    ],
    [
        new RegExp(`^([\\w.-]+|${quoted}) is encrypted, so only Pulumi can read it; `),
        /^pulumi config set --plaintext (\w[\w.-]*|<key>) <value>$/,
    ],
    [
        new RegExp(`^${quoted} has the namespace ${quoted}, so nobody reads it; `),
        /^(pulumi config rm [\w.:-]+ && )?pulumi config set (\w+|<key>) <value>$/,
    ],
    [
        new RegExp(`^\\w+ is ${quoted}; Cilium has it from [\\d.]+ on, and \\w+ is \\S+\\.$`),
        /^pulumi config rm \w+, or pulumi config set \w+ <[\d.]+ or later>$/,
    ],
    [
        /^\w+ is \S+, and \w+ is \S+; Cilium wants the clusters of a mesh to be at most one minor version apart\.$/,
        /^pulumi config set \w+ <a version of [\d., ]+ or [\d.]+>, or pulumi config rm \w+$/,
    ],
    [
        new RegExp(
            `^\\w+ is \\S+, and \\w+ is ${quoted}, which is cluster1's of \\S+; cluster[23] needs its own\\.$`,
        ),
        /^pulumi config set \w+ <the (chart|image) of \S+>$/,
    ],
    [
        /^\w*[cC]iliumChart is "[ -~]*…?", but there is no such file or folder \(.{1,1200}\)\.$/,
        /^pulumi config set \w+ <a chart name, an oci:\/\/ reference or a path that exists>$/,
    ],
];

/**
 * Expects of every problem one sentence of a known kind with its fix: the key or file, the value (short, and
 * visible whatever it is), what is legal, and what to do; of all together a text of bounded length.
 */
export function expectClear(problems: readonly Problem[]): void {
    expect(problems.length).toBeGreaterThan(0);
    for (const { message, fix } of problems) {
        const known = kinds.some(
            ([messages, fixes]) => messages.test(message) && fixes.test(fix ?? ""),
        );
        expect([message, fix, known]).toEqual([message, fix, true]);
        const [, key] = /^(\w+) is "/.exec(message) ?? [];
        if (key !== undefined && message.includes("; it must be ")) {
            expect(message).toContain(`; it must be ${limitOf(project, key).legal}.`);
        }
    }
    expectClearText(formatProblems(problems));
}

/** Expects a text for the user: not long, nothing that writes on the terminal, no stack trace. */
export function expectClearText(text: string): void {
    expect(text.length).toBeLessThan(20_000);
    expect(text).not.toMatch(/[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u007f-\u009f]|[^\P{Cc}\n]/u);
    expect(text).not.toMatch(/^\s+at |node:internal|\bpanic\b|goroutine|Unhandled/m);
}

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Expects of a config that what it says is legal, and stays whole in all that is made of it. */
export function expectUsable(config: LabConfig, stack = "test"): void {
    const { cilium, nodeImage, rebelBaseImage, xWingImage, xWingReplicas } = config;
    const ciliumImages = config.clusters.flatMap(({ release }) => Object.values(release.images));
    for (const image of [nodeImage, rebelBaseImage, xWingImage, ...ciliumImages]) {
        // Nothing that YAML, a shell or a program's options could take for something else.
        expect(image).toMatch(/^([a-z0-9][\w./:@-]{0,460})?$/);
    }
    expectWhole(xWingReplicas, 1, 10);
    expectWhole(config.ttlHours, 0, 8760);
    for (const { release } of config.clusters) {
        expect(semver.gte(release.version, "1.18.1")).toBe(true);
        const source = chartSource({ ...cilium, ...release });
        expect(source.chart).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}-][^\p{Cc}\p{Cf}\p{Cs}]*$/u);
    }
    expect(() => new URL(cilium.chartRepository)).not.toThrow();
    const members = config.clusters.map(({ name, id }) => ({
        name,
        id,
        address: nodeName(kindClusterName(stack, name)),
    }));
    config.clusters.forEach((cluster, index) => {
        expectWhole(cluster.rebelBaseReplicas, 0, 20);
        expect([true, false]).toContain(cluster.globalService);
        expect([true, false]).toContain(cluster.sharedService);
        expect(["none", "local", "remote"]).toContain(cluster.serviceAffinity);
        expectNetwork(cluster.podCidr, 8);
        expectNetwork(cluster.serviceCidr, 12);
        const spec = {
            name: kindClusterName(stack, cluster.name),
            nodeImage,
            podCidr: cluster.podCidr,
            serviceCidr: cluster.serviceCidr,
            token: "a",
        };
        expect(yaml.load(kindConfigYaml(spec))).toStrictEqual(kindConfig(spec));
        const values = ciliumValues(
            members[index]!,
            members,
            { cert: "c", key: "k" },
            { ...cilium, ...cluster.release },
        );
        expectPlainData(values);
        expect(values).toMatchObject(withoutPrototype(cilium.values));
        expectVariant(config, index);
    });
}

function expectVariant(config: LabConfig, index: number): void {
    const cluster = config.clusters[index]!;
    const objects = applyVariant(readManifests(cluster.name), variantOf(config, cluster));
    expect(yaml.loadAll(objects.map((object) => yaml.dump(object)).join("---\n"))).toStrictEqual(
        objects,
    );
    for (const { kind, metadata, spec } of objects) {
        expect(metadata.name).toMatch(label);
        for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
            expect(key).toMatch(/^[a-z.]+\/[a-z-]+$/);
            expect(["true", "false", "local", "remote"]).toContain(value);
        }
        if (kind === "Deployment") {
            expectWhole((spec as { replicas: number }).replicas, 0, 20);
        }
    }
}

function expectWhole(value: number, min: number, max: number): void {
    expect(Number.isInteger(value) && value >= min && value <= max).toBe(true);
    expect(Object.is(value, -0)).toBe(false);
}

function expectNetwork(cidr: string, shortest: number): void {
    const [address = "", length = ""] = cidr.split("/");
    expect(net.isIPv4(address)).toBe(true);
    expect(length).toMatch(/^\d{1,2}$/);
    expectWhole(Number(length), shortest, 24);
    const bits = address
        .split(".")
        .map((byte) => Number(byte).toString(2).padStart(8, "0"))
        .join("");
    expect(bits.slice(Number(length))).toMatch(/^0*$/);
}

function expectPlainData(value: unknown): void {
    expect(JSON.parse(JSON.stringify(value))).toEqual(value);
}

/** JSON without the one name that no Helm value can have. */
function withoutPrototype(value: object): object {
    return JSON.parse(
        JSON.stringify(value, (key, inner: unknown) => (key === "__proto__" ? undefined : inner)),
    ) as object;
}
