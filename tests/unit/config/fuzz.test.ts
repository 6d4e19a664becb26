import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { projectRoot, readProject } from "../../../src/config/declaration";
import { LabConfig } from "../../../src/config/labConfig";
import { parseLabConfig } from "../../../src/config/parseLabConfig";
import { Problem, ProblemsError } from "../../../src/config/problem";
import { stackFilePath } from "../../../src/config/stackFile";
import { chartProblem, wantedCharts } from "../../../src/mesh/cilium/chart";
import { stackConfig } from "../../support/defaultConfig";
import { expectClear, expectUsable } from "../../support/fuzzed";
import { anySettings, anyStackText } from "../../support/stackText";

const root = mkdtempSync(join(tmpdir(), "fuzz-"));
const project = readProject();

/** Runs of each property; FUZZ_RUNS asks for more. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 400);
jest.setTimeout(30_000 + 100 * numRuns);

beforeAll(() => {
    mkdirSync(join(root, "stacks"));
    copyFileSync(join(projectRoot, "Pulumi.yaml"), join(root, "Pulumi.yaml"));
});
afterAll(() => rmSync(root, { recursive: true }));

/** What a stack file comes to: a config, or what is wrong with it. Any other error is a crash. */
function outcome(text: string): { config: LabConfig } | { problems: readonly Problem[] } {
    writeFileSync(stackFilePath("test", root), text);
    try {
        return { config: stackConfig("test", root) };
    } catch (error) {
        if (error instanceof ProblemsError) {
            return { problems: error.problems };
        }
        throw error;
    }
}

test("whatever text a stack file is, it ends in a usable config or in what is wrong with it", () => {
    const seen = { config: 0, problems: 0 };
    fc.assert(
        fc.property(anyStackText, (text) => {
            const result = outcome(text);
            if ("config" in result) {
                seen.config += 1;
                expectUsable(result.config);
            } else {
                seen.problems += 1;
                expectClear(result.problems);
            }
        }),
        { numRuns },
    );
    expect(Math.min(seen.config, seen.problems)).toBeGreaterThan(numRuns / 20);
});

test("whatever is set for the keys, it ends in a usable config or in what is wrong with it", () => {
    const seen = { config: 0, problems: 0 };
    fc.assert(
        fc.property(anySettings, (given) => {
            const { config, problems } = parseLabConfig(given, project);
            if (config === undefined) {
                seen.problems += 1;
                expectClear(problems);
                return;
            }
            seen.config += 1;
            expectUsable(config);
            for (const { cilium, keys } of wantedCharts(config)) {
                const problem = chartProblem(cilium, keys);
                if (problem !== undefined) {
                    expectClear([problem]);
                }
            }
        }),
        { numRuns },
    );
    expect(Math.min(seen.config, seen.problems)).toBeGreaterThan(numRuns / 20);
});
