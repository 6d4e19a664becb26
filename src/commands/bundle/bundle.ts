import { relative, resolve } from "node:path";
import { UsageError } from "../../config/errors";
import { requireEngine } from "../../machine/checks";
import { localMachine } from "../../machine/machine";
import { exitCodes, parseOptions, runCommand, stackName, stackOption } from "../command";
import { defaultBundle, writeBundle } from "./writeBundle";

const usage = `npm run bundle -- [--stack NAME] [FILE]

Writes everything that npm run up needs of a stack into one file, for machines without internet:
images, chart, kind, Pulumi with its plugins, packages of npm, checksums. There: npm run up -- --bundle FILE
  --stack NAME  the stack whose config says what is needed (default: PULUMI_STACK, else dev)
  FILE          where it goes (default: below .lab); an older one is replaced`;

runCommand(usage, async (args) => {
    const { values, positionals } = parseOptions({
        args,
        options: stackOption,
        allowPositionals: true,
    });
    const [file, ...others] = positionals;
    if (others.length > 0) {
        throw new UsageError("a bundle is one file, but more were named");
    }
    const stack = stackName(values.stack);
    await requireEngine();
    const path = file === undefined ? defaultBundle() : resolve(file);
    await writeBundle(stack, path, localMachine);
    process.stdout.write(`Bundle: ${relative(process.cwd(), path)}\n`);
    return exitCodes.ok;
});
