import {
    classProblems,
    configJson,
    missingValues,
    settingProblems,
} from "../../../../src/commands/class/classConfig";
import { Student } from "../../../../src/commands/class/studentsFile";
import { readProject } from "../../../../src/config/declaration";
import { ProblemsError } from "../../../../src/config/problem";

const project = readProject();
const file = "class.yaml";

function student(name: string, config: Record<string, string> = {}): Student {
    return { name, stack: `class-${name.toLowerCase()}`, config };
}

type Values = Readonly<Record<string, Readonly<Record<string, string>>>>;
const stackValues = (values: Values) => (stack: string) => values[stack] ?? {};

function problemsOfClass(students: readonly Student[], values: Values = {}) {
    return classProblems(students, stackValues(values), project, file);
}

function problemsOfSetting(
    changes: Record<string, string>,
    students: readonly Student[],
    values: Values = {},
) {
    return settingProblems(changes, students, stackValues(values), project, file);
}

const illegal = (key: string, value: string) =>
    `${key} is "${value}"; it must be one of true, false.`;

test("a class whose stacks' and file's values are legal has no problem", () => {
    const students = [student("Ada", { sharedService: "false" }), student("Bo")];
    expect(problemsOfClass(students, { "class-bo": { xWingReplicas: "3" } })).toEqual([]);
});

test("a value of the file is told with whose it is, once for all who have it", () => {
    const bad = { globalService: "no" };
    expect(problemsOfClass([student("Ada", bad), student("Bo", bad)])).toEqual([
        {
            message: `all students: ${illegal("globalService", "no")}`,
            fix: "correct it in class.yaml",
        },
    ]);
    const students = [student("Ada", bad), student("Bo", bad), student("Cy")];
    expect(problemsOfClass(students).map(({ message }) => message)).toEqual([
        `Ada and 1 more: ${illegal("globalService", "no")}`,
    ]);
    expect(problemsOfClass([student("Ada", bad), student("Bo")])[0]!.message).toMatch(/^Ada: /);
});

test("a value that is the stack's own is mended there, unless the file gives another", () => {
    const values = { "class-ada": { globalService: "no" } };
    expect(problemsOfClass([student("Ada")], values)).toEqual([
        {
            message: `Ada: ${illegal("globalService", "no")}`,
            fix: "pulumi config set globalService true --stack class-ada",
        },
    ]);
    expect(problemsOfClass([student("Ada", { globalService: "false" })], values)).toEqual([]);
});

test("a stack file that cannot be read is that student's problem, beside the others'", () => {
    const students = [student("Ada"), student("Bo", { globalService: "no" })];
    const unreadable = (stack: string) => {
        if (stack === "class-ada") {
            throw new ProblemsError([{ message: "it is no YAML.", fix: "edit it" }]);
        }
        return {};
    };
    expect(classProblems(students, unreadable, project, file)).toEqual([
        { message: "Ada: it is no YAML.", fix: "edit it" },
        { message: `Bo: ${illegal("globalService", "no")}`, fix: "correct it in class.yaml" },
    ]);
});

test("what is wrong with a setting for everybody is told once, what is wrong for some by name", () => {
    const students = [student("Ada"), student("Bo", { sharedService: "true" }), student("Cy")];
    const values = { "class-cy": { cluster2PodCidr: "10.50.0.0/16" } };
    const changes = { podCidr: "10.50.0.0/16", sharedService: "no", globalservice: "true" };
    expect(problemsOfSetting(changes, students, values).map(({ message }) => message)).toEqual([
        "globalservice is not a config key of this project; did you mean globalService?",
        illegal("sharedService", "no"),
        "Bo: sharedService is in class.yaml, which the next up applies again.",
        expect.stringMatching(
            /^Cy: podCidr 10\.50\.0\.0\/16 overlaps cluster2PodCidr 10\.50\.0\.0\/16/,
        ) as string,
    ]);
});

test("a setting that is legal for all has no problem", () => {
    expect(problemsOfSetting({ sharedService: "false" }, [student("Ada")])).toEqual([]);
});

test("only values that are not yet so are set", () => {
    expect(missingValues({ a: "1", b: "2", c: "" }, { a: "1", b: "3" })).toEqual({ b: "2", c: "" });
});

test("values are given to Pulumi as texts, objects whole", () => {
    const values = { sharedService: "false", ttlHours: "5", ciliumValues: '{"a.b":{"c":1}}' };
    expect(JSON.parse(configJson(values, project))).toEqual({
        "cilium-global-services:sharedService": { value: "false", secret: false },
        "cilium-global-services:ttlHours": { value: "5", secret: false },
        "cilium-global-services:ciliumValues": {
            value: '{"a.b":{"c":1}}',
            objectValue: { "a.b": { c: 1 } },
            secret: false,
        },
    });
});
