import { rmSync, writeFileSync } from "node:fs";
import * as fc from "fast-check";
import { stackFilePath } from "../../src/config/stackFile";
import { expectClearText } from "../support/fuzzed";
import { RealLab, whyNotReal } from "../support/realLab";
import { anyStackText } from "../support/stackText";

const reason = whyNotReal();
const onRealEngine = reason === undefined ? describe : describe.skip;
const runs = Number(process.env.FUZZ_RUNS ?? 15);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

/** What Pulumi itself says of a file or a value that it does not take, before the program starts. */
const refusedByPulumi =
    /could not (unmarshal|get|load)|validating stack config|must be (of type|encrypted)|invalid|error: /i;

onRealEngine(`any stack file, through Pulumi${reason ? ` (skipped: ${reason})` : ""}`, () => {
    const lab = new RealLab();

    afterAll(() => lab.remove());

    test(`${runs} stack files of seed ${seed} end in a plan or in what is wrong with them`, () => {
        expect(lab.pulumi("stack", "init").output).not.toContain("error:");
        const seen = { planned: 0, refused: 0 };
        for (const text of fc.sample(anyStackText, { numRuns: runs, seed })) {
            writeFileSync(stackFilePath(lab.stack), text);
            const { code, output } = lab.pulumi("preview", "--color=never", "--non-interactive");
            expect(output).not.toMatch(
                /^\s+at .+:\d+:\d+|node:internal|\bpanic\b|goroutine|Unhandled/m,
            );
            if (code === 0) {
                seen.planned += 1;
                expect(output).toMatch(/\+ \d+ to create/);
            } else {
                seen.refused += 1;
                expect(output).toMatch(refusedByPulumi);
            }
        }
        process.stdout.write(`planned: ${seen.planned}, refused: ${seen.refused}\n`);
    });

    test("npm run up refuses the same files in words of its own, or Pulumi does, and nothing is made", () => {
        const texts = fc
            .sample(anyStackText, { numRuns: runs, seed })
            .filter((text) => text !== "");
        for (const text of texts) {
            writeFileSync(stackFilePath(lab.stack), `${text}\nconfig: [] # never a plan\n`);
            const { code, output } = lab.run("up");
            expect([1, 2]).toContain(code);
            expectClearText(output);
        }
        expect(lab.containers()).toEqual([]);
        rmSync(stackFilePath(lab.stack));
    });
});
