import { reasonOf } from "../../../src/stack/reason";

/** As the Automation API writes it: everything Pulumi said, and a stack trace. */
function automationError(said: string): Error {
    return new Error(
        `code: -2\n stdout: \n stderr: Command failed with exit code 1: pulumi up --yes\n${said}\n err?: Error: Command failed with exit code 1: pulumi up --yes\n${said}\n    at makeError (/x/node_modules/execa/lib/error.js:60:11)\n\n`,
    );
}

test("the engine's first error is the reason, without what runs around it", () => {
    const diagnostics = [
        'exit status 1: running "wait":\ncluster1: waiting for rebel-base 0/2 ready\ncluster2: ready and meshed after 60 s\ncluster1 is stuck: rebel-base-1 (rebel-base) ImagePullBackOff\n  no such image\n',
        "update failed\n",
    ];
    expect(reasonOf(diagnostics, automationError("error: update failed"))).toBe(
        "cluster1 is stuck: rebel-base-1 (rebel-base) ImagePullBackOff. no such image",
    );
});

test.each([
    [
        [
            "cluster1: waiting for x-wing",
            "cluster2: waiting for Cilium agent",
            "Given up after 9 s.",
        ],
        "cluster2: waiting for Cilium agent. Given up after 9 s.",
    ],
    [
        [
            "mesh-a-cluster1: creating the kind cluster",
            "kind could not create mesh-a-cluster1: ERROR",
        ],
        "kind could not create mesh-a-cluster1: ERROR",
    ],
    [["mesh-a-cluster1: creating the kind cluster"], "mesh-a-cluster1: creating the kind cluster"],
])("of what a program of the lab wrote, %j, the end is the reason", (lines, reason) => {
    const diagnostic = ['exit status 1: running "create":', ...lines, ""].join("\n");
    expect(reasonOf([diagnostic], new Error())).toBe(reason);
});

test("problems of the preflight are one line, with what mends them", () => {
    const diagnostics = [
        "1 problem; nothing was created or changed:\n  - podCidr 172.17.0.0/16 overlaps docker network bridge.\n    Fix: pulumi config set podCidr 10.50.0.0/16\n",
    ];
    expect(reasonOf(diagnostics, automationError(""))).toBe(
        "podCidr 172.17.0.0/16 overlaps docker network bridge. Fix: pulumi config set podCidr 10.50.0.0/16",
    );
});

test("without a diagnostic it is the CLI's own error line", () => {
    const said =
        "Updating (a):\nerror: could not create secrets manager: bad passphrase\n  see the docs";
    expect(reasonOf([], automationError(said))).toBe(
        "could not create secrets manager: bad passphrase",
    );
});

test("without that either, it is the first line of what was said", () => {
    expect(reasonOf(["update failed"], new Error("spawn pulumi ENOENT\n    at x"))).toBe(
        "spawn pulumi ENOENT",
    );
    expect(reasonOf([], automationError("Updating (a):"))).toBe(
        "Command failed with exit code 1: pulumi up --yes",
    );
});

test("colours and control characters do not reach the terminal, and a long reason is cut", () => {
    expect(reasonOf(["\x1b[31m<{%fg 1%}>bad\x07 thing<{%reset%}>"], new Error())).toBe("bad thing");
    expect(reasonOf(["x".repeat(1000)], new Error())).toBe(`${"x".repeat(399)}…`);
});
