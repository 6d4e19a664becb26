import { whyNotReal } from "../support/realLab";

const given = process.env.LAB_REAL_SUITES;
afterEach(() => {
    if (given === undefined) {
        delete process.env.LAB_REAL_SUITES;
    } else {
        process.env.LAB_REAL_SUITES = given;
    }
});

test("a suite that LAB_REAL_SUITES does not name is not run, and says why", () => {
    process.env.LAB_REAL_SUITES = "lab,drift";
    expect(whyNotReal()).toBe("LAB_REAL_SUITES is lab,drift");
});

test("a suite that LAB_REAL_SUITES names is asked about the machine", () => {
    process.env.LAB_REAL_SUITES = "lab,realSuites.test.ts";
    expect(whyNotReal() ?? "").not.toContain("LAB_REAL_SUITES");
});
