import { kindReason } from "../../../../src/mesh/kind/kindReason";

const steps =
    'Creating cluster "x" ...\n • Preparing nodes \u{1F4E6}  ...\n ✗ Preparing nodes \u{1F4E6} \n';

test.each<[string, string, string, string | undefined]>([
    [
        "Docker Hub's limit",
        `${steps}ERROR: failed to create cluster: failed to pull image "kindest/node:v1.34.3": command "docker pull kindest/node:v1.34.3" failed with error: exit status 1
Command Output: Error response from daemon: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit`,
        'failed to pull image "kindest/node:v1.34.3": docker pull failed (exit status 1): toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit',
        "docker login, wait for some hours, or bring the images in a bundle (docs/air-gapped.md)",
    ],
    [
        "address pools that are used up",
        `${steps}ERROR: failed to create cluster: failed to ensure docker network: command "docker network create -d=bridge -o com.docker.network.driver.mtu=1500 kind" failed with error: exit status 1

Command Output: Error response from daemon: all predefined address pools have been fully subnetted`,
        "failed to ensure docker network: docker network failed (exit status 1): all predefined address pools have been fully subnetted",
        "docker network prune takes away the networks that no container uses",
    ],
    [
        "a docker run that the engine refuses",
        `${steps}ERROR: failed to create cluster: command "docker run --name x-control-plane --hostname x-control-plane --label io.x-k8s.kind.role=control-plane kindest/node:v1.34.3" failed with error: exit status 125
Command Output: docker: Error response from daemon: driver failed programming external connectivity: Bind for 127.0.0.1:6443 failed: port is already allocated.
See 'docker run --help'.`,
        "docker run failed (exit status 125): driver failed programming external connectivity: Bind for 127.0.0.1:6443 failed: port is already allocated",
        "run the same command again: kind takes another port",
    ],
    [
        "kubeadm, whose last word is advice",
        `${steps}ERROR: failed to create cluster: failed to init node with kubeadm: command "docker exec --privileged x-control-plane kubeadm init --config=/kind/kubeadm.conf" failed with error: exit status 1
Command Output: I0521 initconfiguration.go:261] loading configuration
[init] Using Kubernetes version: v1.34.3
error execution phase wait-control-plane: couldn't initialize a Kubernetes cluster
To see the stack trace of this error execute with --v=5 or higher
Stack Trace:
sigs.k8s.io/kind/pkg/errors.WithStack`,
        "failed to init node with kubeadm: docker exec failed (exit status 1): error execution phase wait-control-plane: couldn't initialize a Kubernetes cluster",
        undefined,
    ],
    [
        "a node that does not boot",
        `${steps}ERROR: failed to create cluster: could not find a log line that matches "Reached target .*Multi-User System.*|detected cgroup v1"`,
        'could not find a log line that matches "Reached target .*Multi-User System.*|detected cgroup v1"',
        "the node did not boot, mostly for want of memory or inotify instances: docs/troubleshooting.md",
    ],
    [
        "a CA that the engine does not know",
        `${steps}ERROR: failed to create cluster: failed to pull image "kindest/node:v1.36.4": command "docker pull kindest/node:v1.36.4" failed with error: exit status 1
Command Output: Error response from daemon: Get "https://registry-1.docker.io/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
        'failed to pull image "kindest/node:v1.36.4": docker pull failed (exit status 1): Get "https://registry-1.docker.io/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
        "give docker's engine the proxy or the CA: docs/proxy.md",
    ],
    ["no ERROR line", "one\nKilled\n", "Killed", undefined],
    ["nothing at all", "", "it said nothing", undefined],
])("of %s the user reads the reason and what helps", (_, stderr, reason, fix) => {
    expect(kindReason(stderr, "docker")).toEqual({ reason, fix });
});

test("the fix names the engine that is in use", () => {
    const stderr = "ERROR: failed to create cluster: no space left on device";
    expect(kindReason(stderr, "podman").fix).toContain("podman system df");
});

test("what kind's programs say cannot write on the terminal", () => {
    const { reason } = kindReason("ERROR: \u001b[31mred\u001b[0m \u202ebidi \u009b2J", "docker");
    expect(reason).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
});
