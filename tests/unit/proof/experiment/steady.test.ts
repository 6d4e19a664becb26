import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { steadyLoad, steadyOutcome } from "../../../../src/proof/experiment/steady";

const rebelBase = '{"Galaxy": "Alderaan", "Cluster": "Cluster-2"}';

test.each([
    [`${rebelBase}\n\n200 0 0.004`, { kind: "answered", cluster: "cluster2", milliseconds: 4 }],
    ["\n000 28 3.001", { kind: "failed", milliseconds: 3001, timedOut: true }],
    ["\n000 7 0.001", { kind: "failed", milliseconds: 1 }],
    ["\n000 6 0.001", { kind: "unclear", milliseconds: 1 }],
    ["<html>\n502 0 0.002", { kind: "unclear", milliseconds: 2 }],
    [`${rebelBase}\n200 18 0.002`, { kind: "unclear", milliseconds: 2 }],
])("%j is one outcome", (output, outcome) => {
    expect(steadyOutcome(output)).toEqual({ outcomes: [outcome] });
});

test.each(["", "sh: curl: not found", "\n200 0"])("%j says nothing of a request", (output) => {
    expect(steadyOutcome(output)).toEqual({
        outcomes: [],
        broken: "its requests cannot be read",
    });
});

describe("the loop in a pod", () => {
    const folder = mkdtempSync(join(tmpdir(), "steady-"));
    afterAll(() => rmSync(folder, { recursive: true }));
    // One request in vain, and of the others the second is answered first.
    writeFileSync(
        join(folder, "curl"),
        `#!/bin/sh
case "$*" in
*?1) sleep 0.2; printf '%s\\n\\n200 0 0.200' '${rebelBase}';;
*?2) printf '%s\\n\\n200 0 0.004' '${rebelBase}';;
*) printf '\\n000 28 3.001'; exit 28;;
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
                input: "1\n2\n3\n",
                encoding: "utf8",
                env: { PATH: `${folder}:/usr/bin:/bin` },
            });
            const batches = steadyLoad.reader()(stdout);
            expect(status).toBe(0);
            expect(batches.at(-1)?.batch).toBe(1);
            const kinds = batches.map(({ batch, outcomes }) => [batch, outcomes[0]?.kind]);
            expect(kinds.sort()).toEqual([
                [1, "answered"],
                [2, "answered"],
                [3, "failed"],
            ]);
        },
    );
});
