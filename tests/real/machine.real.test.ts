import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { RealLab, docker, whyNotReal } from "../support/realLab";

const reason = whyNotReal();
const onRealClusters = reason === undefined ? describe : describe.skip;

/** A folder on the engine's disk which the tests may fill for a minute: nothing else on it works meanwhile. */
const disk = process.env.LAB_TEST_FILL_DISK;
const ifDisk = disk ? test : test.skip;
const whyNoDisk = disk ? "" : " (skipped: LAB_TEST_FILL_DISK names no folder on the engine's disk)";

onRealClusters(`a machine without room${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;

    beforeAll(() => {
        lab = new RealLab();
    });

    afterAll(() => lab.remove());

    test("a range that a network of the engine has is told before anything is created", () => {
        const network = `lab-test-${randomBytes(3).toString("hex")}`;
        lab.configure({ podCidr: "10.97.0.0/16" });
        const made = docker("network", "create", "--subnet", "10.97.3.0/24", network);
        expect(made.code).toBe(0);
        try {
            const { code, output } = lab.run("up");
            expect(output).toContain("1 problem; nothing was created or changed");
            expect(output).toContain("podCidr 10.97.0.0/16 overlaps");
            expect(output).toContain(network);
            expect(code).toBe(1);
            expect(lab.containers()).toEqual([]);
        } finally {
            docker("network", "rm", network);
        }
    });

    /** Takes the disk's space but so many GiB; returns what gives it back. */
    function fill(left: number): () => void {
        const file = join(disk!, `lab-test-${randomBytes(3).toString("hex")}`);
        const { bavail, bsize } = statfsSync(disk!);
        const bytes = Math.floor(bavail * bsize - left * 2 ** 30);
        expect(spawnSync("fallocate", ["--length", String(bytes), file]).status).toBe(0);
        return () => rmSync(file);
    }

    ifDisk(`a disk with too little room is told before anything is created${whyNoDisk}`, () => {
        const free = fill(3);
        try {
            const { code, output } = lab.run("up");
            expect(output).toMatch(
                /\d\.\d GiB of disk is free .*; a pair of clusters needs 5\.0 GiB/,
            );
            expect(code).toBe(1);
            expect(lab.containers()).toEqual([]);
        } finally {
            free();
        }
    });

    ifDisk(
        `a disk that fills while kind creates ends in kind's reason, and up goes on afterwards${whyNoDisk}`,
        async () => {
            const up = lab.start("up");
            await up.said(/Preparing nodes/);
            const free = fill(0);
            try {
                const { code, output } = await up.ended;
                expect(output).toMatch(/kind could not create|is stuck|no space left on device/i);
                expect(output).toContain("The lab is not up. Run the same command again");
                expect(code).toBe(1);
            } finally {
                free();
            }
            const again = lab.recover("disk full while kind creates, then up", "up");
            expect(again.output).toContain("Requests and rule agree");
            expect(again.code).toBe(0);
        },
    );
});
