import * as pulumi from "@pulumi/pulumi";
import * as fc from "fast-check";
import { readProject } from "../../../src/config/declaration";
import { ciliumOf } from "../../../src/config/labConfig";
import { parseLabConfig } from "../../../src/config/parseLabConfig";
import { namespaceText } from "../../../src/lab/globalNamespace";
import { preflight } from "../../../src/mesh/preflight";
import { anyGiven } from "../../support/configText";
import { expectClearText } from "../../support/fuzzed";
import { mockPulumi } from "../../support/pulumiMocks";
import { anySettings } from "../../support/stackText";

jest.mock("../../../src/mesh/preflight");
jest.setTimeout(60_000);

const mocks = mockPulumi();
const project = readProject();
const main = jest.requireActual<() => Promise<object>>("../../..");

beforeEach(() => {
    jest.mocked(preflight).mockResolvedValue({
        tokens: { cluster1: "a", cluster2: "b" },
        nodeImage: "node:1",
        warnings: [],
    });
});

test("whatever is set, the program makes the whole lab, or nothing and says why", async () => {
    const seen = { made: 0, refused: 0 };
    await fc.assert(
        fc.asyncProperty(fc.oneof(anySettings, anySettings, anyGiven), async (given) => {
            mocks.clear();
            pulumi.runtime.setAllConfig({
                "kubernetes:context": "mine",
                ...Object.fromEntries(
                    Object.entries(given).map(([key, value]) => [`${project.name}:${key}`, value]),
                ),
            });
            const error: unknown = await main().then(
                () => undefined,
                (reason: unknown) => reason,
            );
            await mocks.settle();
            if (error === undefined) {
                seen.made += 1;
                const { config, problems } = parseLabConfig(given, project);
                expect(problems).toEqual([]);
                const { clusters, networkPolicy } = config!;
                // A network policy is one object more, and its component.
                const policies = networkPolicy === "cluster1-only" ? 2 : 0;
                // So is a namespace whose annotation has to say what the default does not.
                const scopes = clusters.filter(
                    ({ name, globalNamespace }) =>
                        namespaceText(globalNamespace, ciliumOf(config!, name)) !== undefined,
                );
                expect(mocks.all()).toHaveLength(
                    6 + 9 * clusters.length + policies + scopes.length,
                );
                return;
            }
            seen.refused += 1;
            expect(pulumi.RunError.isInstance(error)).toBe(true);
            const { message, stack } = error as Error;
            expectClearText(message);
            expect(stack).toBe(message);
            expect(mocks.all()).toEqual([]);
        }),
        {
            numRuns: 60,
            examples: [[{ cluster2GlobalNamespace: "false" }], [{ outage: "cluster2" }]],
        },
    );
    expect(seen.made).toBeGreaterThan(3);
    expect(seen.refused).toBeGreaterThan(3);
});
