import { chooseStack } from "../../../src/commands/chosenStack";
import { UsageError } from "../../../src/config/errors";

test("the stack is the option's, else that of PULUMI_STACK, else the selected one, else dev", () => {
    expect(chooseStack("mine", "other", "third")).toEqual({ stack: "mine" });
    expect(chooseStack(undefined, "other", "third").stack).toBe("other");
    expect(chooseStack(undefined, undefined, "third").stack).toBe("third");
    expect(chooseStack(undefined, undefined, undefined)).toEqual({
        stack: "dev",
        isDefault: true,
    });
});

test("an empty PULUMI_STACK is none, as to Pulumi; an empty --stack is a wrong name", () => {
    expect(chooseStack(undefined, "", "lab2").stack).toBe("lab2");
    expect(() => chooseStack("", undefined, undefined)).toThrow(UsageError);
});

test("a stack that is not the one that one would think of is said, with the way to choose", () => {
    expect(chooseStack(undefined, undefined, "lab2").note).toBe(
        "Working on stack lab2, the one selected last. For another one: --stack NAME.",
    );
    expect(chooseStack(undefined, "lab3", "lab2").note).toBe(
        "Working on stack lab3, set by PULUMI_STACK; lab2 is selected. For another one: --stack NAME.",
    );
    expect(chooseStack(undefined, "lab2", "lab2").note).toBeUndefined();
    expect(chooseStack(undefined, "lab2", undefined).note).toBeUndefined();
    expect(chooseStack(undefined, undefined, "dev").note).toBeUndefined();
});

test("a wrong name is said to come from where it comes from", () => {
    expect(() => chooseStack("..", undefined, undefined)).toThrow(/^--stack is "\.\."; /);
    expect(() => chooseStack(undefined, "a b", undefined)).toThrow(/^PULUMI_STACK is "a b"; /);
    expect(() => chooseStack(undefined, undefined, "-x")).toThrow(/^the selected stack is "-x"; /);
});
