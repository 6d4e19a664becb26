import { committedFiles, readText } from "../../support/committed";

interface Manager {
    readonly description: string;
    readonly managerFilePatterns: readonly string[];
    readonly matchStrings: readonly string[];
    readonly depNameTemplate?: string;
}

const { customManagers } = JSON.parse(readText(".github", "renovate.json")) as {
    readonly customManagers: readonly Manager[];
};

const files = [
    ...["Pulumi.yaml", "action.yml"],
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

test("no two places have different releases of one thing, but for the minors of the matrix", () => {
    const versions = new Map<string, Set<string>>();
    for (const { name, version } of pins) {
        const minor = name === "cilium" || name === "kindest/node" ? /^\d+\.\d+/.exec(version) : "";
        const key = `${name} ${String(minor)}`;
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
