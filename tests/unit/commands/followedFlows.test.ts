import { LabCommand } from "../../../src/commands/command";
import { declare } from "../../../src/commands/flows";
import { followFlows } from "../../../src/proof/flows/follow";
import { flowSources, flowsOfStack } from "../../../src/stack/flows";
import { Reach } from "../../../src/stack/prove";

jest.mock("../../../src/proof/flows/follow");
jest.mock("../../../src/stack/flows");

const result = {
    stack: "dev",
    clusters: [],
    flows: [],
    clients: [],
    unread: [],
    lost: 0,
    invalid: 0,
};

test("who follows flows asks over the same connections each time, and prints nothing as it came", async () => {
    let said = "";
    jest.spyOn(process.stdout, "write").mockImplementation((text) => {
        said += String(text);
        return true;
    });
    const reaches: (Reach | undefined)[] = [];
    jest.mocked(flowsOfStack).mockResolvedValue(result as never);
    jest.mocked(flowSources).mockImplementation((_, reach) => {
        reaches.push(reach);
        return Promise.resolve([]);
    });
    jest.mocked(followFlows).mockImplementation(async ({ sources, onTrouble }) => {
        await sources();
        await sources();
        onTrouble("cluster1: \u001b[31mgone\u009b2J");
    });
    const { exitCode } = process;
    const command = declare(new LabCommand("flows"));
    await command.parseAsync(["--stack", "dev", "--follow"], { from: "user" });
    process.exitCode = exitCode;
    jest.restoreAllMocks();
    const [first, second] = reaches.map((reach) => reach?.connectTo);
    expect(first).toBeDefined();
    expect(second).toBe(first);
    expect(said).toContain("Not read: cluster1: gone\n");
});
