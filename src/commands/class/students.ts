import { Stats, existsSync, readFileSync, statSync } from "node:fs";
import { readProject } from "../../config/declaration";
import { UsageError } from "../../config/errors";
import { ProblemsError, quote } from "../../config/problem";
import { callersPath } from "../npm";
import { Student, parseStudents } from "./studentsFile";

/** The students' file where none is given, in the folder of whoever calls. */
export const defaultFile = "students.yaml";

/** As many bytes as a list of students may have. */
const mostBytes = 2 ** 21;

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
    const { size } = requireFile(path, file);
    if (size > mostBytes) {
        throw new UsageError(
            `${quote(file)} has ${Math.ceil(size / 2 ** 20)} MiB; a list of students has at most 2`,
        );
    }
    const { students, problems } = parseStudents(readFileSync(path, "utf8"), file, readProject());
    if (students === undefined) {
        throw new ProblemsError(problems);
    }
    return students;
}

/** @throws UsageError if it is a folder, which nobody is to move away because of it, or a device, which may not end. */
function requireFile(path: string, file: string): Stats {
    const stat = statSync(path);
    if (stat.isDirectory() || stat.isCharacterDevice() || stat.isBlockDevice()) {
        const what = stat.isDirectory() ? "a folder" : "a device";
        throw new UsageError(`${quote(file)} is ${what}; name the file with the students`);
    }
    return stat;
}
