import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectRoot } from "../../../src/config/declaration";
import { ProblemsError } from "../../../src/config/problem";
import { stackFilePath } from "../../../src/config/stackFile";
import { LabStack } from "../../../src/stack/home";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);

const { projectRoot: checkout } = jest.requireActual<
    typeof import("../../../src/config/declaration")
>("../../../src/config/declaration");

beforeAll(() => copyFileSync(join(checkout, "Pulumi.yaml"), join(projectRoot, "Pulumi.yaml")));

describe("a stack as a value", () => {
    const file = stackFilePath("dev");
    const write = (text: string) => {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
    };

    test("keeps what its file said when it was first asked for, until it is read again", () => {
        write("config:\n  sharedService: false\n");
        const stack = new LabStack("dev");
        expect(stack.config.clusters[0]!.sharedService).toBe(false);
        write("config:\n  sharedService: true\n  clusters: 3\n");
        expect(stack.values).toEqual({ sharedService: "false" });
        expect(stack.clusters).toEqual(["cluster1", "cluster2"]);
        expect(stack.reread().clusters).toEqual(["cluster1", "cluster2", "cluster3"]);
    });

    test("with changes is as its file will be, and leaves the one that it was made of alone", () => {
        write("config:\n  sharedService: false\n  rebelBaseReplicas: 1\n");
        const stack = new LabStack("dev");
        const next = stack.with([
            ["sharedService", undefined],
            ["clusters", "3"],
        ]);
        expect(next.values).toEqual({ rebelBaseReplicas: "1", clusters: "3" });
        expect(next.config.clusters).toHaveLength(3);
        expect(stack.values).toEqual({ sharedService: "false", rebelBaseReplicas: "1" });
    });

    test("has its clusters also where its config is refused", () => {
        for (const wrong of ["sharedService: maybe", "cilium-global-service:sharedService: true"]) {
            write(`config:\n  ${wrong}\n  clusters: 4\n`);
            const stack = new LabStack("dev");
            expect(() => stack.config).toThrow(ProblemsError);
            expect(stack.clusters).toHaveLength(4);
        }
    });
});
