import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "./environment";

/**
 * Removes the attribute files (`.attrs`) that a Pulumi which was killed left empty in the lab's own file backend. Beside
 * each of its files Pulumi keeps one, which it first empties and then writes (gocloud.dev, `blob/fileblob/attrs.go`,
 * `setAttrs`); one that stays empty ends every later `pulumi stack ls`, of all stacks, with `error: EOF`. A file without
 * one is read like any other, and gets one when it is next written, so that nothing is lost either where a living Pulumi
 * is just about to write it.
 *
 * @param backend The backend's folder.
 * @returns How many were removed.
 */
export function repairBackend(backend: string = stateFolder): number {
    const folder = join(backend, ".pulumi");
    const files = existsSync(folder)
        ? readdirSync(folder, { recursive: true, encoding: "utf8" })
        : [];
    const empty = files
        .filter((file) => file.endsWith(".attrs"))
        .map((file) => join(folder, file))
        .filter((path) => statSync(path, { throwIfNoEntry: false })?.size === 0);
    empty.forEach((path) => rmSync(path, { force: true }));
    return empty.length;
}
