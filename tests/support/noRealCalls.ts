/** Fails a test that has asked for a real program of a lab or for the network, whatever it made of the answer. */
afterEach(() => {
    const calls = takeRealCalls();
    if (calls.length > 0) {
        throw new Error(
            `the real machine is not for this test (tests/support/bareMachine.ts), but it was asked: ${calls.join("; ")}`,
        );
    }
});
