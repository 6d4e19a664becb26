import { printable } from "../../config/problem";

/** Why kind could not make a cluster. */
export interface KindReason {
    /** One sentence without its full stop. */
    readonly reason: string;
    /** The command, or the few words, that put it right, where that is known. */
    readonly fix?: string;
}

/** What the engine says, and what helps. */
const knownReasons: readonly { readonly says: RegExp; readonly fix: (engine: string) => string }[] =
    [
        {
            says: /toomanyrequests|pull rate limit|\b429\b/i,
            fix: (engine) =>
                `${engine} login, wait for some hours, or bring the images in a bundle (docs/air-gapped.md)`,
        },
        {
            says: /address pools? ha(ve|s) been|non-overlapping IPv4 address pool|fully subnetted/i,
            fix: (engine) =>
                `${engine} network prune takes away the networks that no container uses`,
        },
        {
            says: /no space left on device/i,
            fix: (engine) =>
                `${engine} system df shows what takes the space, npm run cache what of it the lab keeps`,
        },
        {
            says: /port is already allocated|address already in use/i,
            fix: () => "run the same command again: kind takes another port",
        },
        {
            says: /proxyconnect|proxy authentication required|x509: certificate signed by unknown authority/i,
            fix: (engine) => `give ${engine}'s engine the proxy or the CA: docs/proxy.md`,
        },
        {
            says: /no such host|i\/o timeout|TLS handshake timeout|connection refused|network is unreachable/i,
            fix: () =>
                "run the same command again with a connection to the registry, or bring the images in a bundle (docs/air-gapped.md)",
        },
        {
            says: /manifest unknown|not found: manifest|pull access denied|repository does not exist/i,
            fix: () => "pulumi config set nodeImage <an image that exists>",
        },
        {
            says: /could not find a log line that matches/i,
            fix: () =>
                "the node did not boot, mostly for want of memory or inotify instances: docs/troubleshooting.md",
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
    const known = knownReasons.find(
        ({ says }) => says.test(reason) || output.some((line) => says.test(line)),
    );
    return {
        reason: printable(reason || "it said nothing", 300).replace(/\.$/, ""),
        fix: known?.fix(engine),
    };
}

function outputOf(lines: readonly string[]): string[] {
    const end = lines.findIndex((line) => line.startsWith("Stack Trace:"));
    return lines
        .slice(0, end < 0 ? undefined : end)
        .map((line) => line.replace(/^Command Output: /, ""));
}

/** `failed to …: command "docker run … IMAGE" failed with error: exit status 125` without what nobody reads. */
function shortCommand(failure: string): string {
    return failure
        .replace(/^failed to create cluster: /, "")
        .replace(
            /command "((?:\S+ ){1,2})[^"]*" failed with error: (exit status \d+)/,
            (_, command: string, status) => `${command.trim()} failed (${status})`,
        );
}

/** The line that has the reason: the engine's own, else the last that speaks of an error, else the last. */
function tellingLine(lines: readonly string[]): string | undefined {
    const said = lines.filter((line) => !/^(See '|To see the stack trace)/.test(line));
    const ofEngine = said.find((line) => /Error response from daemon: /.test(line));
    const line = ofEngine ?? said.findLast((one) => /error|denied|fail/i.test(one)) ?? said.at(-1);
    return line?.replace(/^.*Error response from daemon: /, "");
}
