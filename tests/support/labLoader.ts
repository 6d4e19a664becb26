import { join } from "node:path";

/**
 * Node's arguments with which a program of a test loads the project's TypeScript as the commands do: what the types were
 * stripped to is kept, which saves most of such a program's time.
 */
export const labLoader: readonly string[] = [
    "--require",
    join(__dirname, "..", "..", "src", "loader.cjs"),
];
