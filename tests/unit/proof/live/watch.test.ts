import { LabWatch } from "../../../../src/proof/live/watch";
import { configWith } from "../../../support/defaultConfig";

test("what a look trips over, by one odd answer, is told and ends neither the watch nor whoever runs it", async () => {
    let isOdd = true;
    const watch = new LabWatch({
        stack: "dev",
        read: () => ({ config: configWith(), reaches: [] }),
        isOwnWork: () => false,
        now: () => {
            if (isOdd) {
                throw new TypeError("annotation.toLowerCase is not a function");
            }
            return 0;
        },
    });
    watch.start();
    await new Promise((resolve) => setImmediate(resolve));
    expect(watch.configProblem).toBe("what it answers is not as Kubernetes has it");
    await watch.stop();
    isOdd = false;
    watch.start();
    await new Promise((resolve) => setImmediate(resolve));
    expect(watch.configProblem).toBeUndefined();
    await watch.stop();
});
