import { printable } from "../../config/problem";

/** Why kind could not make a cluster. */
export interface KindReason {
    /** One sentence without its full stop. */
    readonly reason: string;
    /** The command, or the few words, that put it right, where that is known. */
    readonly fix?: string;
}

/** What is said of a failure, and what helps. */
interface Known {
    readonly says: RegExp;
    readonly fix: (engine: string) => string;
    /** Whether a node that is there says it, or the engine: a node's own words may be the same. Undefined: either. */
    readonly by?: "node" | "engine";
}

const memory = "close other programs, or give the engine's machine more memory";

/** The first that fits counts. */
const knownReasons: readonly Known[] = [
    {
        says: /toomanyrequests|too many requests|pull rate limit/i,
        fix: (engine) =>
            `${engine} login, wait for some hours, or bring the images in a bundle (docs/air-gapped.md)`,
        by: "engine",
    },
    {
        says: /address pools? ha(ve|s) been|non-overlapping (IPv4 address pool|subnet)|fully subnetted|networks have overlapping/i,
        fix: (engine) => `${engine} network prune takes away the networks that no container uses`,
        by: "engine",
    },
    {
        says: /no space left on device|disk quota exceeded/i,
        fix: (engine) =>
            `${engine} system df shows what takes the space, npm run cache what of it the lab keeps`,
    },
    {
        says: /too many open files/i,
        fix: () =>
            "sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288",
    },
    { says: /cannot allocate memory|signal: killed|exit status 137/i, fix: () => memory },
    {
        says: /unknown flag: --cgroupns/i,
        fix: (engine) => `update ${engine}: kind needs one of 2020 or later`,
        by: "engine",
    },
    {
        says: /rootless provider requires/i,
        fix: () => "use a rootful engine, e.g. docker context use default",
    },
    {
        says: /cannot connect to the docker daemon|is the docker daemon running/i,
        fix: (engine) => `start ${engine}'s engine, and run the same command again`,
        by: "engine",
    },
    {
        says: /already in use by container|node\(s\) already exist/i,
        fix: (engine) =>
            `${engine} ps --all shows whose that container is; remove it if nobody needs it, or use another --stack`,
        by: "engine",
    },
    {
        says: /port is already allocated|address already in use|ports are not available/i,
        fix: () => "run the same command again: kind takes another port",
        by: "engine",
    },
    {
        says: /iptables|nftables/i,
        fix: (engine) =>
            `restart the engine, which sets up its rules of the firewall again: sudo systemctl restart ${engine}`,
        by: "engine",
    },
    {
        says: /apparmor/i,
        fix: (engine) =>
            `install the package apparmor, then sudo systemctl restart apparmor ${engine}`,
        by: "engine",
    },
    {
        says: /pair interfaces: operation not supported/i,
        fix: () => "restart this machine: its kernel is older than the modules on its disk",
        by: "engine",
    },
    {
        says: /proxyconnect|proxy authentication required|x509: |certificate signed by unknown authority/i,
        fix: (engine) => `give ${engine}'s engine the proxy or the CA: docs/proxy.md`,
        by: "engine",
    },
    {
        says: /error getting credentials|docker-credential-/i,
        fix: () =>
            "install the credential helper that it names, or take credsStore out of ~/.docker/config.json",
        by: "engine",
    },
    {
        says: /no matching manifest|does not match the specified platform|exec format error/i,
        fix: () => "pulumi config set nodeImage <an image of this machine's platform>",
    },
    {
        says: /manifest unknown|not found: manifest|pull access denied|repository does not exist/i,
        fix: () => "pulumi config set nodeImage <an image that exists>",
        by: "engine",
    },
    {
        says: /unauthorized|no basic auth credentials|access to the resource is denied|403 forbidden/i,
        fix: (engine) =>
            `${engine} login <its registry>, or pulumi config set nodeImage <an image that needs none>`,
        by: "engine",
    },
    {
        says: /no such host|server misbehaving|name resolution|i\/o timeout|TLS handshake timeout|deadline exceeded|request canceled|connection (refused|reset)|no route to host|network is unreachable|unexpected HTTP status: 5|\bEOF\b/i,
        fix: () =>
            "run the same command again with a connection to the registry, or bring the images in a bundle (docs/air-gapped.md)",
        by: "engine",
    },
    {
        says: /could not find a log line that matches|container \S+ is not running/i,
        fix: () =>
            "the node did not boot, mostly for want of memory or inotify instances: docs/troubleshooting.md",
    },
    {
        says: /kubelet|wait-control-plane|couldn't initialize a Kubernetes cluster/i,
        fix: () =>
            "the node's Kubernetes did not come up, mostly for want of memory or time: docs/troubleshooting.md",
        by: "node",
    },
];

/**
 * Of all that kind has written, why it failed. kind says which command failed, and after it, behind `Command Output`,
 * what that said (`cmd/kind/app/main.go`, `logError`).
 *
 * @param engine Name of the engine's command line, for the fix.
 */
export function kindReason(stderr: string, engine: string): KindReason {
    const lines = stderr
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== "");
    const from = lines.findIndex((line) => line.startsWith("ERROR: "));
    const failure = from < 0 ? undefined : lines[from]!.replace(/^ERROR: /, "");
    const output = from < 0 ? lines : outputOf(lines.slice(from + 1));
    const told = tellingLine(output);
    const parts = [failure === undefined ? undefined : shortCommand(failure), told];
    const reason = parts.filter((part) => part !== undefined && part !== "").join(": ");
    const where = isInNode(failure ?? "") ? "node" : "engine";
    const known = knownReasons.find(
        ({ says, by = where }) =>
            by === where && (says.test(reason) || output.some((line) => says.test(line))),
    );
    return {
        reason: printable(reason || "it said nothing", 300).replace(/\.$/, ""),
        fix: known?.fix(engine),
    };
}

/** Whether it was a command in a node that failed: what that says of connections is of its own ones. */
function isInNode(failure: string): boolean {
    return /command "\S+ exec /.test(failure);
}

function outputOf(lines: readonly string[]): string[] {
    const end = lines.findIndex((line) => line.startsWith("Stack Trace:"));
    return lines
        .slice(0, end < 0 ? undefined : end)
        .map((line) => line.replace(/^Command Output: ?/, ""))
        .filter((line) => line !== "");
}

/** `failed to …: command "docker run … IMAGE" failed with error: exit status 125` without what nobody reads. */
function shortCommand(failure: string): string {
    return failure
        .replace(/^failed to create cluster: /, "")
        .replace(
            /command "((?:\S+ ){1,2})[^"]*" failed with error: (exit status \d+|signal: .*)/,
            (_, command: string, status) => `${command.trim()} failed (${status})`,
        );
}

/**
 * The line that has the reason: the engine's own; what kubeadm found on the node; else the last that begins with an
 * error, or speaks of one; else the last.
 */
function tellingLine(lines: readonly string[]): string | undefined {
    const said = lines.filter((line) => !/^(See '|Run '|To see the stack trace)/.test(line));
    const line =
        said.find((one) => /Error response from daemon: /.test(one)) ??
        said.find((one) => /^\[ERROR /.test(one)) ??
        said.findLast((one) => /^error/i.test(one)) ??
        said.findLast((one) => /error|denied|fail/i.test(one)) ??
        said.at(-1);
    return line?.replace(/^.*Error response from daemon: /, "");
}
