/**
 * Prints as JSON what the wall shows of the stacks that it is given, once it has asked them. A program of its own,
 * because jest cannot load the Kubernetes client.
 */
import { askingLabs } from "../../src/commands/class/wall/ask";
import { checkAfter } from "../../src/commands/class/wall/facts";
import { readingFacts } from "../../src/commands/class/wall/records";
import { isAskable, tileOf } from "../../src/commands/class/wall/tile";
import { run } from "../../src/machine/run";

async function main(stacks: readonly string[]): Promise<void> {
    const students = stacks.map((stack) => ({ name: stack, stack, config: {} }));
    const facts = await readingFacts(students, run)();
    const ask = askingLabs();
    const tiles = await Promise.all(
        stacks.map(async (stack) => {
            const known = facts.get(stack)!;
            const asked = isAskable(known)
                ? checkAfter(undefined, await ask(stack), Date.now())
                : undefined;
            return tileOf(known, asked, Date.now());
        }),
    );
    process.stdout.write(JSON.stringify(tiles));
    // Connections to the clusters are kept.
    process.exit();
}

void main(process.argv.slice(2));
