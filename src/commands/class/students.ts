import { existsSync, readFileSync } from "node:fs";
import { readProject } from "../../config/declaration";
import { UsageError } from "../../config/errors";
import { ProblemsError, quote } from "../../config/problem";
import { callersPath } from "../npm";
import { Student, parseStudents } from "./studentsFile";

/** The students' file where none is given, in the folder of whoever calls. */
export const defaultFile = "students.yaml";

/**
 * The students of a file.
 *
 * @param file Path as it was given, from the folder of whoever calls.
 * @throws UsageError if there is no such file, ProblemsError with all that is wrong with it.
 */
export function readStudents(file: string): readonly Student[] {
    const path = callersPath(file);
    if (!existsSync(path)) {
        throw new UsageError(`there is no file ${quote(file)} with the students`);
    }
    const { students, problems } = parseStudents(readFileSync(path, "utf8"), file, readProject());
    if (students === undefined) {
        throw new ProblemsError(problems);
    }
    return students;
}
