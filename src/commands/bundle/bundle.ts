import { statSync } from "node:fs";
import { relative } from "node:path";
import { UsageError } from "../../config/errors";
import { quote } from "../../config/problem";
import { requireEngine } from "../../machine/checks";
import { localMachine } from "../../machine/machine";
import { chosenStack } from "../chosenStack";
import { Declare, exitCodes } from "../command";
import { callersFolder, callersPath } from "../npm";
import { defaultBundle, writeBundle } from "./writeBundle";

export const declare: Declare = (command) =>
    command
        .description(
            `Writes everything that npm run up needs for a stack into one file, for machines without internet access:
images, chart, kind, Pulumi with its plugins, npm packages, checksums. Use it with: npm run up -- --bundle FILE`,
        )
        .argument("[file]", "where to write it (default: below .lab); an existing file is replaced")
        .ofStack()
        .does(bundle);

async function bundle(
    options: { readonly stack?: string },
    [file]: readonly string[],
): Promise<number> {
    const stack = chosenStack(options.stack);
    const path = file === undefined ? defaultBundle() : callersPath(file);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
        throw new UsageError(
            `${quote(file ?? path)} is a folder; name the file to write, e.g. lab.tar`,
        );
    }
    await requireEngine();
    await writeBundle(stack, path, localMachine);
    process.stdout.write(`Bundle: ${relative(callersFolder(), path)}\n`);
    return exitCodes.ok;
}
