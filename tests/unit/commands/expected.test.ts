import { spawn } from "node:child_process";
import { commandArgs } from "../../../src/machine/interpreter";

// Each test starts a Node.js of its own, which takes its time on a busy machine.
jest.setTimeout(30_000);

interface Run {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
}

/** Runs the command as `npm run expected` does, from a folder that is not the project's. */
function expected(...args: string[]): Promise<Run> {
    return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [...commandArgs("expected"), ...args], { cwd: "/" });
        const text = { stdout: "", stderr: "" };
        child.stdout.on("data", (data: Buffer) => (text.stdout += data.toString()));
        child.stderr.on("data", (data: Buffer) => (text.stderr += data.toString()));
        child.on("error", reject);
        child.on("close", (code) => resolve({ ...text, code }));
    });
}

function lines(...texts: string[]): string {
    return texts.map((text) => `${text}\n`).join("");
}

test("the answers are a table, with the reasons of the clusters that are silent", async () => {
    expect(await expected("sharedService=false", "cluster2RebelBaseReplicas=0")).toStrictEqual({
        code: 0,
        stdout: lines(
            "asked from  must answer    why not the others",
            "cluster1    cluster1 only  cluster2 has no backends: cluster2RebelBaseReplicas is 0",
            "cluster2    nobody         cluster1 keeps its backends to itself: sharedService is false; cluster2 has no backends: cluster2RebelBaseReplicas is 0",
        ),
        stderr: "",
    });
});

test("of a network policy the table says what times out, and why", async () => {
    const { stdout } = await expected("networkPolicy=cluster1-only");
    expect(stdout).toBe(
        lines(
            "asked from  must answer                        why not the others",
            "cluster1    cluster1 and cluster2",
            "cluster2    cluster2 only, cluster1 times out  cluster1 drops what of cluster2's requests is balanced to it, so that it times out: networkPolicy is cluster1-only",
        ),
    );
});

test("--json is the answers alone, in one line; nobody is an empty list", async () => {
    const given = ["cluster2SharedService=false", "--json", "rebelBaseReplicas=0"];
    expect(await expected(...given)).toStrictEqual({
        code: 0,
        stdout: '{"cluster1":[],"cluster2":["cluster2"]}\n',
        stderr: "",
    });
});

test.each([
    [["sharedService=no"], 'sharedService is "no"; it must be one of true, false.'],
    [
        ["sharedServices=true", "rebelBaseReplicas=21", "--json"],
        "sharedServices is not a config key of this project; did you mean sharedService? " +
            'rebelBaseReplicas is "21"; it must be a whole number from 0 to 20.',
    ],
    [["a\nb=1"], '"a\\nb" is not a config key of this project.'],
    [
        ["=1"],
        '"=1" is not key=value, e.g. sharedService=false (help: npm run -s expected -- --help)',
    ],
    [
        ["--jsn"],
        /^unknown option '--jsn' \(Did you mean --json\?\) \(help: npm run -s expected -- --help\)$/,
    ],
])("%j ends with code 2 and one line that says what is wrong", async (args, message) => {
    const { code, stdout, stderr } = await expected(...args);
    const [line, ...rest] = stderr.split("\n");
    expect(line).toMatch(message);
    expect({ code, stdout, rest }).toStrictEqual({ code: 2, stdout: "", rest: [""] });
});

test("--help says how it is used", async () => {
    const { code, stdout, stderr } = await expected("sharedService=no", "--help");
    expect(stdout).toMatch(
        /^Usage: npm run -s expected -- \[options\] \[key=value\.\.\.\]\n\nSays which [^]* --json /,
    );
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: "" });
});
