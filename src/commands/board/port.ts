import { UsageError } from "../../config/errors";
import { quote } from "../../config/problem";

/** The value of `--port`. */
export function portOf(text: string): number {
    if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) {
        throw new UsageError(`--port is ${quote(text)}; it must be 0 to 65535`);
    }
    return Number(text);
}
