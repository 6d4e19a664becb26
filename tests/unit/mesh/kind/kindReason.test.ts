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
        "the node's Kubernetes did not come up, mostly for want of memory or time: docs/troubleshooting.md",
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

/** What kind writes where a command fails that it has run. */
const failed = (command: string, status: string, output: string) =>
    `${steps}ERROR: failed to create cluster: command "${command}" failed with error: ${status}\n\nCommand Output: ${output}\n`;
const run = "docker run --name x-control-plane --privileged kindest/node:v1.36.4";
const pull = "docker pull kindest/node:v1.36.4";
const kubeadm =
    "docker exec --privileged x-control-plane kubeadm init --config=/kind/kubeadm.conf --v=6";

describe("what a node says of itself", () => {
    test("of a kubelet that nobody reaches is no matter of a connection to a registry", () => {
        const { reason, fix } = kindReason(
            failed(
                kubeadm,
                "exit status 1",
                `I1129 10:00:00.000429     161 initconfiguration.go:429] loading
[kubelet-check] The HTTP call equal to 'curl -sSL http://localhost:10248/healthz' failed with error: Get "http://localhost:10248/healthz": dial tcp [::1]:10248: connect: connection refused.
I1129 round_trippers.go:632] "Response" err="Get \\"https://x:6443/healthz\\": x509: certificate signed by unknown authority"
error: error execution phase wait-control-plane: could not initialize a Kubernetes cluster
To see the stack trace of this error execute with --v=5 or higher
k8s.io/kubernetes/cmd/kubeadm/app/cmd/phases/init.runWaitControlPlanePhase
	k8s.io/kubernetes/cmd/kubeadm/app/failures/errors.go:110`,
            ),
            "docker",
        );
        expect(reason).toBe(
            "docker exec failed (exit status 1): error: error execution phase wait-control-plane: could not initialize a Kubernetes cluster",
        );
        expect(fix).toContain("the node's Kubernetes did not come up");
    });

    test("before it begins is what kubeadm has found, not its advice to ignore that", () => {
        const { reason } = kindReason(
            failed(
                kubeadm,
                "exit status 1",
                `[preflight] Some fatal errors occurred:
	[ERROR Mem]: the system RAM (900 MB) is less than the minimum 1700 MB
[preflight] If you know what you are doing, you can make a check non-fatal with \`--ignore-preflight-errors=...\``,
            ),
            "docker",
        );
        expect(reason).toMatch(/\[ERROR Mem\]: the system RAM \(900 MB\)/);
    });

    test("of a full disk or too many open files helps in a node, too", () => {
        const fix = (output: string) =>
            kindReason(failed(kubeadm, "exit status 1", output), "docker").fix;
        expect(fix("write /etc/kubernetes/x: no space left on device")).toContain("system df");
        expect(fix("inotify_init: too many open files")).toContain("max_user_instances");
    });

    test("nothing, because it was killed, leads to memory", () => {
        expect(kindReason(failed(kubeadm, "exit status 137", ""), "docker")).toEqual({
            reason: "docker exec failed (exit status 137)",
            fix: "close other programs, or give the engine's machine more memory",
        });
    });
});

test.each<[string, string, RegExp]>([
    [
        run,
        'docker: Error response from daemon: Conflict. The container name "/x-control-plane" is already in use by container "4f2a".',
        /^docker ps --all/,
    ],
    [
        run,
        "docker: Error response from daemon: failed to set up container networking: failed to add the host (veth1) <=> sandbox (veth2) pair interfaces: operation not supported",
        /^restart this machine/,
    ],
    [
        run,
        'docker: Error response from daemon: AppArmor enabled on system but the docker-default profile could not be loaded: exec: "apparmor_parser": executable file not found in $PATH',
        /apparmor/,
    ],
    [
        run,
        "docker: Error response from daemon: ports are not available: exposing port TCP 127.0.0.1:51234: bind: An attempt was made to access a socket in a way forbidden",
        /^run the same command again: kind takes another port/,
    ],
    [
        "docker network create kind",
        "Error response from daemon: Failed to Setup IP tables: (iptables failed: iptables --wait -t nat -I DOCKER: iptables: No chain/target/match by that name.",
        /^restart the engine/,
    ],
    [
        run,
        "docker: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
        /^start docker's engine/,
    ],
    [
        pull,
        'error getting credentials - err: exec: "docker-credential-desktop.exe": executable file not found in $PATH, out: ``',
        /credsStore/,
    ],
    [
        pull,
        "Error response from daemon: no matching manifest for linux/arm64/v8 in the manifest list entries",
        /this machine's platform/,
    ],
    [
        pull,
        'Error response from daemon: Head "https://reg.example/v2/node": unauthorized: authentication required',
        /^docker login/,
    ],
    [
        pull,
        "Error response from daemon: lookup registry-1.docker.io on 127.0.0.53:53: server misbehaving",
        /connection to the registry/,
    ],
    [
        pull,
        'Error response from daemon: Get "https://registry-1.docker.io/v2/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
        /connection to the registry/,
    ],
    [
        pull,
        'Error response from daemon: Get "https://registry-1.docker.io/v2/": EOF',
        /connection to the registry/,
    ],
    [
        pull,
        "Error response from daemon: proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused",
        /docs\/proxy\.md/,
    ],
    [
        pull,
        "Error response from daemon: received unexpected HTTP status: 503 Service Unavailable",
        /connection to the registry/,
    ],
    [
        "docker network create kind",
        "Error response from daemon: cannot create network a: conflicts with network b: networks have overlapping IPv4",
        /network prune/,
    ],
    [run, "unknown flag: --cgroupns\nSee 'docker run --help'.", /^update docker/],
    [
        "docker exec --privileged x-control-plane cat /kind/version",
        "Error response from daemon: container 4f2a is not running",
        /^the node did not boot/,
    ],
])("where %s fails with %s", (command, output, fix) => {
    expect(kindReason(failed(command, "exit status 125", output), "docker").fix).toMatch(fix);
});

test.each([
    ['node(s) already exist for a cluster with the name "x"', /^docker ps --all/],
    ["running kind with rootless provider requires cgroup v2, see https://x", /rootful engine/],
    ["exhausted attempts trying to find a non-overlapping subnet", /network prune/],
])("kind's own word %j has a way out", (message, fix) => {
    expect(kindReason(`ERROR: failed to create cluster: ${message}\n`, "docker").fix).toMatch(fix);
});

test("Docker's pointer to its help is no reason", () => {
    const output =
        "docker: invalid reference format.\n\nRun 'docker run --help' for more information";
    expect(kindReason(failed(run, "exit status 125", output), "docker").reason).toBe(
        "docker run failed (exit status 125): docker: invalid reference format",
    );
});

test("the fix names the engine that is in use", () => {
    const stderr = "ERROR: failed to create cluster: no space left on device";
    expect(kindReason(stderr, "podman").fix).toContain("podman system df");
});

test("what kind's programs say cannot write on the terminal", () => {
    const { reason } = kindReason("ERROR: \u001b[31mred\u001b[0m \u202ebidi \u009b2J", "docker");
    expect(reason).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
});
