import { Project } from "../../config/declaration";
import { parseLabConfig } from "../../config/parseLabConfig";
import { Problem, ProblemsError, printable } from "../../config/problem";
import { Student } from "./studentsFile";

/** A stack's own values by key; throws ProblemsError where its file cannot be read. */
export type ValuesOf = (stack: string) => Readonly<Record<string, string>>;

/**
 * What is wrong with the config that every student's stack would have. A value that the students' file gives is
 * told once, however many students it is for.
 *
 * @param path Path of the students' file.
 */
export function classProblems(
    students: readonly Student[],
    valuesOf: ValuesOf,
    project: Project,
    path: string,
): Problem[] {
    return told(students, (student) => {
        const own = valuesOf(student.stack);
        const ownMessages = messagesOf(own, project);
        return parseLabConfig({ ...own, ...student.config }, project).problems.map(
            ({ message, fix }) =>
                ownMessages.includes(message)
                    ? { message, fix: fix && `${fix} --stack ${student.stack}` }
                    : { message, fix: `correct it in ${path}` },
        );
    });
}

/**
 * What is wrong with values that all students are to get. What is wrong for all of them is told once; a key that the
 * students' file gives would come back at the next `up`.
 *
 * @param path Path of the students' file.
 */
export function settingProblems(
    changes: Readonly<Record<string, string>>,
    students: readonly Student[],
    valuesOf: ValuesOf,
    project: Project,
    path: string,
): Problem[] {
    const general = parseLabConfig(changes, project).problems.map(({ message }) => ({ message }));
    const known = general.map(({ message }) => message);
    const own = told(students, (student) => {
        const given = Object.keys(changes).filter((key) => key in student.config);
        const values = { ...valuesOf(student.stack), ...student.config, ...changes };
        return [
            ...given.map((key) => ({
                message: `${key} is in ${path}, which the next up applies again.`,
                fix: `set it there`,
            })),
            ...parseLabConfig(values, project).problems,
        ].filter(({ message }) => !known.includes(message));
    });
    return [...general, ...own];
}

/** The values of a stack's config that are not yet what they are to be. */
export function missingValues(
    wanted: Readonly<Record<string, string>>,
    current: Readonly<Record<string, string>>,
): Record<string, string> {
    return Object.fromEntries(
        Object.entries(wanted).filter(([key, value]) => current[key] !== value),
    );
}

/**
 * Values in the form of `pulumi config --json`, which `pulumi config set-all --json` reads: the only one that takes
 * objects whole.
 */
export function configJson(values: Readonly<Record<string, string>>, project: Project): string {
    const entries = Object.entries(values).map(([key, value]) => [
        `${project.name}:${key}`,
        {
            value,
            ...(project.declarations[key]?.type === "object"
                ? { objectValue: JSON.parse(value) as unknown }
                : {}),
            secret: false,
        },
    ]);
    return JSON.stringify(Object.fromEntries(entries));
}

function messagesOf(values: Readonly<Record<string, string>>, project: Project): string[] {
    return parseLabConfig(values, project).problems.map(({ message }) => message);
}

/** Every problem once, behind the names of the students who have it. */
function told(
    students: readonly Student[],
    problemsOf: (student: Student) => readonly Problem[],
): Problem[] {
    const found = new Map<string, { readonly problem: Problem; readonly names: string[] }>();
    for (const student of students) {
        for (const problem of caught(() => problemsOf(student))) {
            const key = JSON.stringify(problem);
            const entry = found.get(key) ?? { problem, names: [] };
            entry.names.push(student.name);
            found.set(key, entry);
        }
    }
    return [...found.values()].map(({ problem, names }) => ({
        ...problem,
        message: `${whose(names, students.length)}: ${problem.message}`,
    }));
}

function caught(problemsOf: () => readonly Problem[]): readonly Problem[] {
    try {
        return problemsOf();
    } catch (error) {
        return error instanceof ProblemsError
            ? error.problems
            : [{ message: printable((error as Error).message) }];
    }
}

function whose(names: readonly string[], total: number): string {
    const [first = "", ...others] = names;
    if (others.length === 0) {
        return first;
    }
    return names.length === total ? "all students" : `${first} and ${others.length} more`;
}
