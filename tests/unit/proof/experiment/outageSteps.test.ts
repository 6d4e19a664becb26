import { localMachine } from "../../../../src/machine/machine";
import { readOutage } from "../../../../src/mesh/kind/outage";
import { doSteps, liveSteps } from "../../../../src/proof/experiment/change";
import { configWith } from "../../../support/defaultConfig";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

/** Does what leads from one config to the other, in a stack without clusters. */
function change(from: Record<string, string>, to: Record<string, string>): Promise<void> {
    const apiOf = () => {
        throw new Error("nothing else is changed");
    };
    const steps = liveSteps(configWith(from), configWith(to))!;
    return doSteps(steps, { stack: "dev", apiOf, machine: localMachine });
}

test("of an outage that has ended nothing is on record, so that no later up ends it again", async () => {
    const before = { outageOf: "clustermesh-apiserver" };
    const away = { ...before, outage: "cluster2" };
    await change(before, away);
    expect(readOutage("dev")).toMatchObject({ cluster: "cluster2", of: "clustermesh-apiserver" });
    await change(away, before);
    expect(readOutage("dev")).toBeUndefined();
});
