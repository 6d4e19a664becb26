import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../src/config/declaration";

/** Text of a file of the project. */
export function readText(...path: string[]): string {
    return readFileSync(join(projectRoot, ...path), "utf8");
}

/** Files of a folder that git has, without a user's own; in a download without git, all there are. */
export function committedFiles(folder: string): string[] {
    if (!existsSync(join(projectRoot, ".git"))) {
        return readdirSync(join(projectRoot, folder)).map((file) => join(folder, file));
    }
    const output = execFileSync("git", ["ls-files", "-z", "--", folder], {
        cwd: projectRoot,
        encoding: "utf8",
    });
    return output.split("\0").filter((path) => path !== "");
}
