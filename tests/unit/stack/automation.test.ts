import { tmpdir } from "node:os";
import { LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { openAutomation } from "../../../src/stack/automation";
import { openPulumi, preparePulumi } from "../../../src/stack/pulumi";

jest.mock("@pulumi/pulumi/automation");
jest.mock("../../../src/stack/pulumi");

test("Pulumi as a library has the lab's own folder for what its providers write in passing", async () => {
    const env = {
        PATH: process.env.PATH,
        TMPDIR: "/lab/.lab/tmp/1",
        PULUMI_HOME: "/ph",
        OTHER: "x",
    };
    jest.mocked(preparePulumi).mockResolvedValue({ program: "pulumi", env, isOwnBackend: true });
    jest.mocked(openPulumi).mockResolvedValue({} as never);
    jest.spyOn(PulumiCommand, "get").mockResolvedValue({} as never);
    jest.spyOn(Stack, "select").mockResolvedValue({} as never);
    const create = jest.spyOn(LocalWorkspace, "create").mockResolvedValue({} as never);
    const { stack } = await openAutomation();
    await stack("dev", { LAB_TIMELINE: "/t" });
    expect(create.mock.calls[0]![0].envVars).toEqual({
        TMPDIR: "/lab/.lab/tmp/1",
        PULUMI_HOME: "/ph",
        LAB_TIMELINE: "/t",
    });
    expect(tmpdir()).not.toBe("/lab/.lab/tmp/1");
});
