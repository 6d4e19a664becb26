import { reasonOf } from "../../../bench/ours";

const diagnostics = (text: string) => `Diagnostics:
  pulumi:pulumi:Stack (lab-dev):
    error: update failed

  command:local:Command (readiness-wait):
    ${text}

Resources:
    + 24 created

The lab is not up. Run the same command again after mending what is named above;
For kubectl and plain pulumi on this stack: eval "$(npm run -s env)"
`;

test.each([
    [
        "a stuck pod with its last log line",
        diagnostics(
            "cluster1 is stuck: cilium-x in kube-system: CrashLoopBackOff\n    Last log line: too many open files",
        ),
        "cluster1 is stuck: cilium-x in kube-system: CrashLoopBackOff Last log line: too many open files",
    ],
    ["an error of its own", diagnostics("error: no such host"), "error: no such host"],
    ["kind's error", "Creating…\nERROR: no space\nsome stack\n", "ERROR: no space"],
    ["the last line where nothing is called an error", "one\ntwo\n", "two"],
    ["nothing", "", ""],
])("the reason of a failed command is %s", (_, output, reason) => {
    expect(reasonOf(output)).toBe(reason);
});
