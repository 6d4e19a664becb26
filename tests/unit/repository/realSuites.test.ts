import { whyNotReal } from "../../support/realLab";

// The machine is not asked for real: it could answer anything, and Pulumi would be downloaded.
jest.mock("node:child_process", () => ({ spawnSync: () => ({ status: 1 }) }));

const given = { ...process.env };
afterEach(() => {
    process.env = { ...given };
});

test("a suite that LAB_REAL_SUITES does not name is not run, and says why", () => {
    process.env.LAB_REAL_SUITES = "lab,drift";
    expect(whyNotReal()).toBe("LAB_REAL_SUITES is lab,drift");
});

test("a suite that LAB_REAL_SUITES names is asked about the machine", () => {
    process.env.LAB_REAL_SUITES = "lab,realSuites.test.ts";
    expect(whyNotReal()).toBe("no Docker engine answers");
});
