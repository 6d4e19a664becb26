import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { steadyLoad, steadyOutcome } from "../../../../src/proof/experiment/steady";

const rebelBase = '{"Galaxy": "Alderaan", "Cluster": "Cluster-2"}';

test.each([
    [`#7 ${rebelBase} 200 0 0.004`, { kind: "answered", cluster: "cluster2", milliseconds: 4 }],
    ["#7 000 28 3.001", { kind: "failed", milliseconds: 3001, timedOut: true }],
    ["#7 000 7 0.001", { kind: "failed", milliseconds: 1 }],
    ["#7 000 6 0.001", { kind: "unclear", milliseconds: 1 }],
    ["#7 <html> 200 0 502 0 0.002", { kind: "unclear", milliseconds: 2 }],
    [`#7 ${rebelBase} 200 18 0.002`, { kind: "unclear", milliseconds: 2 }],
])("%j is one outcome", (line, outcome) => {
    expect(steadyOutcome(line)).toEqual({ batch: 7, outcomes: [outcome] });
});

test.each(["", "sh: curl: not found", "#7", "#7 200 0", "x#7 000 28 3.001"])(
    "%j says nothing of a request",
    (line) => {
        expect(steadyOutcome(line)).toBeUndefined();
    },
);

test("lines are read however the output is cut", () => {
    const text = `#1 ${rebelBase} 200 0 0.004\nwarning\n#2 000 28 3.001\n`;
    for (const cut of [1, 5, 40, text.length]) {
        const read = steadyLoad.reader();
        const pieces = text.match(new RegExp(`[^]{1,${cut}}`, "g"))!;
        const batches = pieces.flatMap((piece) => read(piece));
        expect(batches.map(({ batch, outcomes }) => [batch, outcomes[0]!.kind])).toEqual([
            [1, "answered"],
            [2, "failed"],
        ]);
    }
});

describe("the loop in a pod", () => {
    const folder = mkdtempSync(join(tmpdir(), "steady-"));
    afterAll(() => rmSync(folder, { recursive: true }));
    writeFileSync(
        join(folder, "curl"),
        `#!/bin/sh
case "$*" in
*?1) sleep 0.2; printf '%s\\n 200 0 0.200' '${rebelBase}';;
*?2) printf '%s\\n 200 0 0.004' '${rebelBase}';;
*?3) printf ' 000 28 3.001'; exit 28;;
*) printf '* \\\\n\\n 200 0 0.001';;
esac
`,
    );
    chmodSync(join(folder, "curl"), 0o755);

    const shells = [["bash"], ["dash"], ["busybox", "sh"]].filter(
        ([program]) => spawnSync(program!, ["-c", "true"]).error === undefined,
    );

    test.each(shells.map((shell) => [shell.join(" "), shell] as const))(
        "tells of every request by its number, none waits for another, in %s",
        (_, [program, ...args]) => {
            const { stdout, status } = spawnSync(program!, [...args, "-c", steadyLoad.script], {
                input: "1\n2\n3\n4\n",
                encoding: "utf8",
                env: { PATH: `${folder}:${process.env.PATH}` },
            });
            const batches = steadyLoad.reader()(stdout);
            expect(status).toBe(0);
            // The first is answered last.
            expect(batches.at(-1)?.batch).toBe(1);
            const kinds = batches.map(({ batch, outcomes }) => [batch, outcomes[0]?.kind]);
            expect(kinds.sort()).toEqual([
                [1, "answered"],
                [2, "answered"],
                [3, "failed"],
                [4, "unclear"],
            ]);
        },
    );
});
