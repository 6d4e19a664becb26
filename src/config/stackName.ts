import { UsageError } from "./errors";
import { quote } from "./problem";

/**
 * Names that Pulumi takes for a stack (sdk/go/common/tokens/names.go: letters, digits, `-`, `_`, `.`, at most 100), but
 * those that mean something else elsewhere: a leading `-` is an option to Pulumi, dots alone are a folder.
 */
export function isStackName(name: string): boolean {
    return /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,99}$/.test(name) && !/^\.+$/.test(name);
}

/**
 * A stack's name that may go into paths, names of clusters and command lines.
 *
 * @param source Where it comes from, for the message, e.g. `--stack`.
 * @throws UsageError if it is none.
 */
export function requireStackName(name: string, source = "the stack's name"): string {
    if (!isStackName(name)) {
        throw new UsageError(
            `${source} is ${quote(name)}; it must be 1 to 100 letters, digits, "-", "_" or ".", not begin with "-", and not be dots alone`,
        );
    }
    return name;
}
