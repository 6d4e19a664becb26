import { requireStackName } from "../config/stackName";
import { LabStack } from "../stack/home";
import { selectedStack } from "../stack/selected";

/** The stack of whoever has chosen none. */
const defaultStack = "dev";

/** The stack a command works on. */
export interface Choice {
    readonly stack: string;
    /** Whether nobody has chosen it. */
    readonly isDefault?: boolean;
    /** Said where the stack is another than one might think. */
    readonly note?: string;
}

/**
 * The stack that all commands work on: `--stack`, else PULUMI_STACK, else the one that Pulumi has selected (the last
 * `up` selects its own), else `dev`. It is what plain Pulumi works on, too. An empty PULUMI_STACK is none.
 *
 * @throws UsageError if that is no name of a stack.
 */
export function chooseStack(
    option: string | undefined,
    variable: string | undefined,
    selected: string | undefined,
): Choice {
    if (option !== undefined) {
        return { stack: requireStackName(option, "--stack") };
    }
    if (variable) {
        const stack = requireStackName(variable, "PULUMI_STACK");
        const differs = selected !== undefined && selected !== stack;
        return {
            stack,
            note: differs
                ? `Working on stack ${stack}, set by PULUMI_STACK; ${selected} is selected. For another one: --stack NAME.`
                : undefined,
        };
    }
    if (selected === undefined) {
        return { stack: defaultStack, isDefault: true };
    }
    const stack = requireStackName(selected, "the selected stack");
    return stack === defaultStack
        ? { stack }
        : {
              stack,
              note: `Working on stack ${stack}, the one selected last. For another one: --stack NAME.`,
          };
}

/** The stack a command works on; says which on standard error where it is another than one might think. */
export function chosenStack(option: string | undefined): LabStack {
    const { stack, note } = currentChoice(option);
    if (note !== undefined) {
        process.stderr.write(`${note}\n`);
    }
    return new LabStack(stack);
}

/** The name of the stack that a command without `--stack` would work on now. */
export function currentStack(): string {
    return currentChoice().stack;
}

/** The choice of a command with this `--stack`. */
export function currentChoice(option?: string): Choice {
    const needsSelected = option === undefined;
    return chooseStack(
        option,
        process.env.PULUMI_STACK,
        needsSelected ? selectedStack() : undefined,
    );
}
