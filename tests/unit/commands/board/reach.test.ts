import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { reaching } from "../../../../src/commands/board/reach";
import { projectRoot } from "../../../../src/config/declaration";
import { writeWhole } from "../../../../src/machine/files";
import { kubeconfigPath } from "../../../../src/machine/names";
import { kubeconfigFor } from "../../../support/fakeApiServer";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

beforeEach(() =>
    copyFileSync(join(__dirname, "../../../../Pulumi.yaml"), join(projectRoot, "Pulumi.yaml")),
);

test("a cluster is connected to once, again where its kubeconfig changes, and not without one", () => {
    const path = kubeconfigPath("dev", "cluster1");
    writeWhole(path, kubeconfigFor("https://127.0.0.1:1"));
    const read = reaching("dev");
    const api = () => read().reaches.map((reach) => reach.api);
    const [first, none] = api();
    expect(first).toBeDefined();
    expect(none).toBeUndefined();
    expect(api()[0]).toBe(first);
    writeWhole(path, kubeconfigFor("https://127.0.0.1:2"));
    expect(api()[0]).not.toBe(first);
    rmSync(path);
    expect(api()).toEqual([undefined, undefined]);
});
