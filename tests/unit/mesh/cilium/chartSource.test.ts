import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../../../src/config/declaration";
import { isNamed, chartProblem, chartSource } from "../../../../src/mesh/cilium/chart";
import { ciliumWith } from "../../../support/defaultConfig";

const { version, chartRepository } = ciliumWith();
const sourceOf = (chart: string) => chartSource({ chart, version, chartRepository });

/** Does something in another current folder. */
function inFolder<T>(folder: string, work: () => T): T {
    const before = process.cwd();
    process.chdir(folder);
    try {
        return work();
    } finally {
        process.chdir(before);
    }
}

describe("chartSource", () => {
    const kept = (chart: string) =>
        join(projectRoot, ".lab", "charts", "helm.cilium.io", `${chart}-${version}.tgz`);

    test("a name is the file that was fetched from the repository", () => {
        expect(sourceOf("cilium")).toEqual({ chart: kept("cilium") });
    });

    test("a name stays one where a folder of that name is", () => {
        expect(sourceOf("manifests")).toEqual({ chart: kept("manifests") });
        inFolder(projectRoot, () =>
            expect(sourceOf("manifests")).toEqual({ chart: kept("manifests") }),
        );
    });

    test("an OCI reference needs no repository", () => {
        expect(sourceOf("oci://quay.io/cilium/charts/cilium")).toEqual({
            chart: "oci://quay.io/cilium/charts/cilium",
            version,
        });
    });

    test("a path that exists is taken as it is, whatever its version", () => {
        expect(sourceOf(__dirname)).toEqual({ chart: __dirname });
    });

    test("a relative path starts at the project's folder, not at the current one", () => {
        inFolder("/", () => {
            expect(sourceOf("./manifests")).toEqual({ chart: join(projectRoot, "manifests") });
            expect(sourceOf("charts/cilium-1.19.6.tgz")).toEqual({
                chart: join(projectRoot, "charts", "cilium-1.19.6.tgz"),
            });
            expect(sourceOf("cilium-1.19.6.tgz")).toEqual({
                chart: join(projectRoot, "cilium-1.19.6.tgz"),
            });
        });
    });

    test("a path that does not exist is a path all the same", () => {
        expect(sourceOf("/no/such/chart")).toEqual({ chart: "/no/such/chart" });
    });
});

test.each([
    ["cilium", true],
    ["oci://quay.io/cilium/charts/cilium", false],
    ["./cilium", false],
    ["cilium-1.19.6.tgz", false],
])("that %s is a name in the repository is %s", (chart, named) => {
    expect(isNamed(chart)).toBe(named);
});

describe("chartProblem", () => {
    const folder = mkdtempSync(join(tmpdir(), "chart-"));
    afterAll(() => rmSync(folder, { recursive: true }));

    test.each(["cilium", "no-such-chart", "oci://quay.io/cilium/charts/cilium", "oci://no/such"])(
        "%s is no path and Helm's to find",
        (chart) => {
            expect(chartProblem({ chart })).toBeUndefined();
        },
    );

    test("a folder and a packed chart that are there are no problem", () => {
        const packed = join(folder, "cilium-1.19.6.tgz");
        writeFileSync(packed, "");
        expect(chartProblem({ chart: folder })).toBeUndefined();
        expect(chartProblem({ chart: packed })).toBeUndefined();
        inFolder("/", () => expect(chartProblem({ chart: "./manifests" })).toBeUndefined());
    });

    test.each([
        ["/no/such/chart", "/no/such/chart"],
        ["./no/chart", join(projectRoot, "no", "chart")],
        ["cilium-9.tgz", join(projectRoot, "cilium-9.tgz")],
    ])(
        "the path %s where nothing is is a problem that says where it was looked for",
        (chart, path) => {
            expect(chartProblem({ chart })).toEqual({
                message: `ciliumChart is "${chart}", but there is no such file or folder (${path}).`,
                fix: "pulumi config set ciliumChart <a chart name, an oci:// reference or a path that exists>",
            });
        },
    );
});
