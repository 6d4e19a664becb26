import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as fc from "fast-check";
import * as yaml from "js-yaml";
import { readProject } from "../../src/config/declaration";
import { ProblemsError } from "../../src/config/problem";
import { readStackValues, stackFilePath } from "../../src/config/stackFile";
import { stackFolder } from "../../src/machine/names";
import { stackConfig } from "../support/defaultConfig";
import { expectClearText } from "../support/fuzzed";
import { RealLab, whyNotReal } from "../support/realLab";
import { anySettings, anyStackText } from "../support/stackText";

const reason = whyNotReal();
const withPulumi = reason === undefined ? describe : describe.skip;

/** Stack files to try; two to ten seconds each. */
const runs = Number(process.env.FUZZ_RUNS ?? 25);
/** The same seed tries the same files again. */
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

withPulumi(`any settings through Pulumi${reason ? ` (skipped: ${reason})` : ""}`, () => {
    const { name: project } = readProject();
    let lab: RealLab;
    let file: string;

    beforeAll(() => {
        process.stdout.write(`FUZZ_SEED=${seed} FUZZ_RUNS=${runs}\n`);
        lab = new RealLab();
        file = stackFilePath(lab.stack);
        expect(lab.pulumi("stack", "select", "--create").output).toContain("Created stack");
    });

    afterAll(() => {
        // What a random file left behind must not keep Pulumi from taking the stack away.
        rmSync(file, { force: true });
        lab.remove();
    });

    /** A stack file with this machine's own config, and some settings over it. */
    function settingsText(settings: Readonly<Record<string, string>>): string {
        const own = process.env.LAB_TEST_CONFIG;
        const base = own ? readFileSync(own, "utf8") : "config: {}";
        const { config } = yaml.load(base) as { config: object };
        const given = Object.entries(settings).map(([key, value]): [string, string] => [
            `${project}:${key}`,
            value,
        ]);
        return yaml.dump({ config: { ...config, ...Object.fromEntries(given) } });
    }

    const texts = fc.sample(fc.oneof(anyStackText, anySettings.map(settingsText)), {
        numRuns: runs,
        seed,
    });

    /** What the lab itself says of the file that is there. */
    function verdict(): "config" | "problems" {
        try {
            stackConfig(lab.stack);
            return "config";
        } catch (error) {
            expect(error).toBeInstanceOf(ProblemsError);
            return "problems";
        }
    }

    test("preview ends in a whole plan, or in an error without a stack trace", () => {
        const seen = { plan: 0, program: 0, pulumi: 0 };
        for (const text of texts) {
            writeFileSync(file, text);
            const { code, output } = lab.pulumi("preview", "--non-interactive", "--color=never");
            expect([text, output]).toEqual([text, expect.not.stringMatching(crash)]);
            if (code === 0) {
                seen.plan += 1;
                // A network policy is one object more, and its component.
                const plan = expect.stringMatching(/\b2[57] to create/) as string;
                expect([text, output]).toEqual([text, plan]);
                continue;
            }
            expect([text, output]).toEqual([text, expect.stringContaining("error: ")]);
            const says = /\d+ problems?; nothing was created or changed:[^]*?\n\n/.exec(output);
            seen[says ? "program" : "pulumi"] += 1;
            if (says) {
                expectClearText(says[0]);
            }
        }
        process.stdout.write(`preview: ${JSON.stringify(seen)}\n`);
        expect(lab.containers()).toEqual([]);
    });

    test("up with a config that is wrong says so and makes nothing", () => {
        let refused = 0;
        for (const text of texts.slice(0, Math.ceil(runs / 2))) {
            writeFileSync(file, text);
            if (verdict() === "problems") {
                refused += 1;
                const { code, output } = lab.run("up");
                expect([text, code, output]).toEqual([text, 2, expect.not.stringMatching(crash)]);
                expect(output).toContain("nothing was created or changed");
                expectClearText(output);
                expect(readFileSync(file, "utf8")).toBe(readBack(text));
            }
        }
        process.stdout.write(`up: ${refused} refused\n`);
        expect(lab.containers()).toEqual([]);
        expect(existsSync(stackFolder(lab.stack))).toBe(false);
    });

    test.each(["-1", "--force", "a\nb", "'", '"', "💥", "$(id)", "a b", "=", "{}", "-1e3", "\t"])(
        "config set keeps the value %j as it is, and up judges it",
        (value) => {
            writeFileSync(file, settingsText({}));
            const set = lab.pulumiWith(["config", "set", "rebelBaseImage"], ["--", value]);
            expect(set.output).not.toMatch(crash);
            expect(set.code).toBe(0);
            const { rebelBaseImage } = readStackValues(lab.stack);
            expect(rebelBaseImage).toBe(value);
            const { code, output } = lab.run("up");
            expect(output).toContain("rebelBaseImage is ");
            expectClearText(output);
            expect(code).toBe(2);
        },
    );

    test.each([
        [["--exercise", ""], "--exercise is"],
        [["--exercise", "failover", "x"], "Unexpected argument 'x'"],
        [["--exercise=\u001b[31m"], "--exercise is"],
        [["--stack=-x"], "--stack is"],
        [["--stack="], "--stack is"],
        [["--stack", "d\u0435v"], "--stack is"],
    ])("up %j ends with code 2 and a message", (args, message) => {
        writeFileSync(file, settingsText({}));
        const { code, output } = lab.run("up", ...args);
        expect(output).toContain(message);
        expectClearText(output);
        expect(code).toBe(2);
    });

    test("an exercise is not set where another key is wrong", () => {
        const text = settingsText({ xWingReplicas: "99" });
        writeFileSync(file, text);
        const { code, output } = lab.run("up", "--exercise", "failover");
        expect(output).toContain('xWingReplicas is "99"');
        expect(code).toBe(2);
        expect(readFileSync(file, "utf8")).toBe(text);
    });
});

const crash = /at Object\.|node:internal|\bpanic\b|goroutine|Unhandled/;

/** A text as it comes back from a file: UTF-8 knows no lone surrogates. */
function readBack(text: string): string {
    return Buffer.from(text, "utf8").toString("utf8");
}
