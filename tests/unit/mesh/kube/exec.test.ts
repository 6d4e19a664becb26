import type { Exec } from "@kubernetes/client-node";
import { execInPod, execWithinMs } from "../../../../src/mesh/kube/exec";

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** An exec whose command never ends, and whose connection comes so late. */
function hanging(connectedAfterMs = 0) {
    const socket = { onclose: undefined as unknown, terminate: jest.fn() };
    const signals: AbortSignal[] = [];
    const exec = {
        exec: () => new Promise((resolve) => setTimeout(() => resolve(socket), connectedAfterMs)),
    } as unknown as Exec;
    const open = (signal: AbortSignal) => {
        signals.push(signal);
        return exec;
    };
    return { socket, signals, open };
}

test.each([
    ["at once", 0],
    ["after its time", execWithinMs + 1000],
])(
    "a command that does not end is given up with its connection, which came %s",
    async (_, connectedAfterMs) => {
        const { socket, signals, open } = hanging(connectedAfterMs);
        const result = execInPod(open, "default", "x-wing-1", "x-wing", ["sh", "-c", "x"]);
        const told = expect(result).rejects.toThrow("sh in x-wing-1 took over 60 s");
        await jest.advanceTimersByTimeAsync(execWithinMs - 1);
        expect(socket.terminate).not.toHaveBeenCalled();
        expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
        await jest.advanceTimersByTimeAsync(2000);
        await told;
        expect(socket.terminate).toHaveBeenCalledTimes(1);
        expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    },
);

test("a command that has ended in time closes nothing", async () => {
    const terminate = jest.fn();
    const exec = {
        exec: (...given: unknown[]) => {
            (given[8] as (status: object) => void)({ status: "Success" });
            return Promise.resolve({ terminate });
        },
    } as unknown as Exec;
    expect(await execInPod(() => exec, "a", "b", "c", ["d"])).toMatchObject({ code: 0 });
    await jest.advanceTimersByTimeAsync(execWithinMs * 2);
    expect(terminate).not.toHaveBeenCalled();
});
