import { Parts, live } from "../../../../src/commands/ephemeral/life";

/** Parts that end with these codes; what is called is kept in order. */
function parts(codes: Partial<Record<"up" | "command" | "proof" | "down", number>>) {
    const calls: string[] = [];
    let signal: number | undefined;
    const part = (name: keyof typeof codes) => () => {
        calls.push(name);
        return Promise.resolve(codes[name] ?? 0);
    };
    const all: Parts = {
        up: part("up"),
        command: part("command"),
        proof: part("proof"),
        logs: () => Promise.resolve(void calls.push("logs")),
        down: part("down"),
        interrupted: () => signal,
    };
    return { calls, all, interrupt: (code: number) => (signal = code) };
}

test("a lab is brought up, used, proven and taken away", async () => {
    const { calls, all } = parts({});
    expect(await live(all)).toBe(0);
    expect(calls).toEqual(["up", "command", "proof", "down"]);
});

test("a command that fails has its exit code kept; the proof is still made, and logs are kept", async () => {
    const { calls, all } = parts({ command: 7, proof: 1 });
    expect(await live(all)).toBe(7);
    expect(calls).toEqual(["up", "command", "proof", "logs", "down"]);
});

test("a proof that fails fails the whole, and logs are kept", async () => {
    const { calls, all } = parts({ proof: 3 });
    expect(await live(all)).toBe(3);
    expect(calls).toEqual(["up", "command", "proof", "logs", "down"]);
});

test("a lab that does not come up runs no command, and is taken away", async () => {
    const { calls, all } = parts({ up: 2 });
    expect(await live(all)).toBe(2);
    expect(calls).toEqual(["up", "logs", "down"]);
});

test("a lab that cannot be taken away fails the whole", async () => {
    expect(await live(parts({ down: 1 }).all)).toBe(1);
    expect(await live(parts({ command: 7, down: 1 }).all)).toBe(7);
});

test.each(["up", "command", "proof"] as const)(
    "after a signal during %s nothing more is begun but the taking away",
    async (name) => {
        const { calls, all, interrupt } = parts({ [name]: 1 });
        const interrupted = {
            ...all,
            [name]: () => {
                interrupt(143);
                return all[name]();
            },
        };
        expect(await live(interrupted)).toBe(143);
        expect(calls.slice(calls.indexOf(name))).toEqual([name, "down"]);
    },
);

test("a part that throws leaves no lab behind", async () => {
    const { calls, all } = parts({ command: 7 });
    const logs = () => Promise.reject(new Error("disk full"));
    await expect(live({ ...all, logs })).rejects.toThrow("disk full");
    expect(calls.at(-1)).toBe("down");
});

test("a signal before the first part begins nothing but the taking away", async () => {
    const { calls, all, interrupt } = parts({});
    interrupt(130);
    expect(await live(all)).toBe(130);
    expect(calls).toEqual(["down"]);
});
