import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { memoryOfExperiments } from "../../../../src/commands/experiment/memory";
import { stackFolder } from "../../../../src/machine/names";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

test("an experiment remembers until it is cleared", () => {
    const memory = memoryOfExperiments("dev");
    expect(memory.read()).toBeUndefined();
    const kept = { original: { sharedService: "false" }, set: { outage: ["cluster2"] } };
    memory.write(kept);
    expect(memory.read()).toEqual(kept);
    memory.clear();
    expect(memory.read()).toBeUndefined();
});

test("a damaged memory is no new beginning, which would forget the settings from before", () => {
    mkdirSync(stackFolder("dev"), { recursive: true });
    const path = join(stackFolder("dev"), "experiment.json");
    writeFileSync(path, "{");
    expect(() => memoryOfExperiments("dev").read()).toThrow(`mv ${path} ${path}.old`);
});
