import * as fc from "fast-check";
import * as yaml from "js-yaml";
import { studentStack } from "../../../../src/commands/class/studentStack";
import { parseStudents } from "../../../../src/commands/class/studentsFile";
import { readProject } from "../../../../src/config/declaration";

const project = readProject();

function parsed(text: string) {
    return parseStudents(text, "class.yaml", project);
}

function messages(text: string): string[] {
    const { problems } = parsed(text);
    expect(problems.every(({ fix }) => fix === "edit class.yaml")).toBe(true);
    return problems.map(({ message }) => message);
}

test("a list of names is a class without config", () => {
    expect(parsed("- Ada Lovelace\n- 李  雷\n").students).toEqual([
        { name: "Ada Lovelace", stack: "class-ada-lovelace", config: {} },
        { name: "李 雷", stack: studentStack("李 雷"), config: {} },
    ]);
});

test("a student's own config goes before the class's; values are as Pulumi hands them out", () => {
    const text = `
config: {sharedService: false, cilium-global-services:xWingReplicas: 010}
students:
  - Ada
  - name: Bo
    config: {sharedService: true, ciliumValues: {debug: {enabled: true}}, rebelBaseImage: }
`;
    expect(parsed(text).students).toEqual([
        { name: "Ada", stack: "class-ada", config: { sharedService: "false", xWingReplicas: "8" } },
        {
            name: "Bo",
            stack: "class-bo",
            config: {
                sharedService: "true",
                xWingReplicas: "8",
                ciliumValues: '{"debug":{"enabled":true}}',
                rebelBaseImage: "",
            },
        },
    ]);
});

test("everything that is wrong with a file is said at once", () => {
    const text = `
size: 3
config: [1]
students: [Ada, ada, null, "a\\e[31m", {name: Bo, x: 1, config: 5}, Müller, Muller, 12, "", {}]
`;
    const name =
        "it must be 1 to 60 letters, digits, spaces or signs of names such as - ' . on one line.";
    const text2 = "it must be a text, in quotes if it looks like a number or another value.";
    expect(messages(text)).toEqual([
        'class.yaml has "size"; it may have students and config.',
        "config must have config keys with values below it.",
        `the name of entry 3 is null; ${text2}`,
        `the name of entry 4 is "a\\u001b[31m"; ${name}`,
        'entry 5 has "x"; it may have name and config.',
        "config of entry 5 must have config keys with values below it.",
        `the name of entry 8 is 12; ${text2}`,
        `the name of entry 9 is ""; ${name}`,
        `the name of entry 10 is nothing; ${text2}`,
        '"ada" is listed twice (entries 1 and 2).',
        '"Müller" and "Muller" (entries 6 and 7) would share the stack class-muller; write one of them differently, e.g. with a middle name.',
    ]);
});

test.each([
    ["nothing", ""],
    ["no list", "students: Ada"],
    ["an empty list", "students: []"],
    ["another mapping", "pupils: [Ada]"],
    ["a text", "Ada"],
])("a file with %s is no list of students", (_, text) => {
    expect(messages(text)).toEqual([
        "class.yaml is no list of students: it must have students: with a list of names below it.",
    ]);
});

test("a file that is no YAML is one problem, in one line", () => {
    expect(messages("students: [")).toEqual([
        expect.stringMatching(/^class\.yaml is not valid YAML: .+\.$/) as string,
    ]);
});

test("a file that contains itself is refused", () => {
    expect(messages("students: &a [*a]")).toEqual([
        "class.yaml has a value that contains itself, is not finite, or is too large.",
    ]);
});

test.each([
    ["60 letters", "李".repeat(60), true],
    ["61 letters", "x".repeat(61), false],
    ["signs alone", "...", false],
    ["two lines", "Ada\nBo", false],
    ["an invisible sign", "Ada\u202e", false],
    ["all signs of names", "J.-P. d'Arc, (A) & B_C+D@E’s", true],
    ["a Persian with its joiner", "علی\u200cرضا", true],
    ["a Sinhalese with its joiner", "ශ්\u200dරී", true],
    ["a Catalan", "Gal·la Marcel·lí", true],
    ["a Japanese of two words", "ジョン・スミス", true],
    ["an override of the direction", "علی\u202eرضا", false],
])("a name of %s is legal: %#", (_, name, isLegal) => {
    expect(parsed(yaml.dump([name])).problems.length === 0).toBe(isLegal);
});

test.each([
    ["Ada\u00a0Lovelace", "Ada Lovelace"],
    ["\ufeffAda\u2007\u202f\tLovelace\u200b", "Ada Lovelace"],
    ["דנה\u200f", "דנה"],
    ["Jean\u2011Luc", "Jean-Luc"],
    ["\u200cAda\u200d", "Ada"],
    ["علی\u200cرضا", "علی\u200cرضا"],
])("the name %j, of a spreadsheet perhaps, is %j", (given, name) => {
    expect(parsed(JSON.stringify([given])).students?.map((one) => one.name)).toEqual([name]);
});

test("names that differ in what is not seen alone are one", () => {
    expect(messages(JSON.stringify(["علی\u200cرضا", "علیرضا"]))).toEqual([
        '"علیرضا" is listed twice (entries 1 and 2).',
    ]);
});

test("a name that is refused can be read, and what is not seen in it is", () => {
    const [message] = messages(JSON.stringify(["علی\u200c\u202eرضا/\u001b[2J"]));
    expect(message).toContain('is "علی\u200c\\u202eرضا/\\u001b[2J"; it must be');
});

test("students that are taken have stacks of their own, whatever the names", () => {
    const anyName = fc.oneof(
        fc.constantFrom("Ada", "ada", "Ädä", "A da", "a-da", "Ada ", "李", "李雷", "x".repeat(40)),
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }),
    );
    fc.assert(
        fc.property(fc.array(anyName, { minLength: 1, maxLength: 6 }), (names) => {
            const { students, problems } = parsed(JSON.stringify(names));
            const stacks = (students ?? []).map(({ stack }) => stack);
            expect(new Set(stacks).size).toBe(stacks.length);
            expect(stacks.length).toBe(problems.length === 0 ? names.length : 0);
        }),
    );
});
