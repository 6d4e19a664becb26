import { tmpdir } from "node:os";
import { LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { destroyStack, openAutomation, updateStack } from "../../../src/stack/automation";
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

describe("a signal", () => {
    /** Pulumi's library: it listens to the signal only once Pulumi runs, and does not look at it before. */
    function stackThat(begun: (signal: AbortSignal) => void) {
        const ended = jest.fn();
        const up = async ({ signal }: { signal: AbortSignal }) => {
            await Promise.resolve();
            begun(signal);
            signal.addEventListener("abort", () => void ended());
            await Promise.resolve();
        };
        return { stack: { up, destroy: up } as unknown as Stack, ended };
    }

    test("that came before an operation begins none", async () => {
        const begun = jest.fn();
        const { stack } = stackThat(begun);
        const watched = { onDiagnostic: () => undefined, signal: AbortSignal.abort() };
        await expect(updateStack(stack, {}, watched)).rejects.toThrow(
            "it was stopped before Pulumi had begun",
        );
        await expect(destroyStack(stack, watched)).rejects.toThrow("before Pulumi had begun");
        expect(begun).not.toHaveBeenCalled();
    });

    test("that comes while Pulumi is being started ends it as soon as it runs", async () => {
        const stopping = new AbortController();
        const { stack, ended } = stackThat(() => stopping.abort());
        await updateStack(stack, {}, { onDiagnostic: () => undefined, signal: stopping.signal });
        expect(ended).toHaveBeenCalledTimes(1);
    });

    test("that comes later ends it, once", async () => {
        const stopping = new AbortController();
        const { stack, ended } = stackThat(() => undefined);
        await updateStack(stack, {}, { onDiagnostic: () => undefined, signal: stopping.signal });
        expect(ended).not.toHaveBeenCalled();
        stopping.abort();
        expect(ended).toHaveBeenCalledTimes(1);
    });
});
