import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { labFolder } from "./names";

/** Where the last bundle's tools, chart and manifest are. */
export const bundleFolder = join(labFolder, "bundle");

/** Puts a bundle's tools in front of PATH, for this process and all it starts; nothing where there was no bundle. */
export function useBundledTools(env: NodeJS.ProcessEnv = process.env): void {
    const tools = join(bundleFolder, "tools");
    const path = env.PATH ?? "";
    if (existsSync(tools) && !path.split(delimiter).includes(tools)) {
        env.PATH = `${tools}${delimiter}${path}`;
    }
}
