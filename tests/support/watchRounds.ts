/**
 * Does what `verify --watch` does for the stack and the number of rounds that are given, without its pauses. Says so on
 * standard error after the last, and ends with its standard input.
 */
import { text } from "node:stream/consumers";
import { redraw } from "../../src/commands/verify";
import { LabStack } from "../../src/stack/home";
import { verifyStack } from "../../src/stack/prove";

const [stack, rounds] = process.argv.slice(2);
let done = 0;
void redraw(new LabStack(stack!), {
    prove: verifyStack,
    pause: async () => {
        done += 1;
        if (done === Number(rounds)) {
            process.stderr.write("done\n");
            await text(process.stdin);
            process.exit();
        }
    },
});
