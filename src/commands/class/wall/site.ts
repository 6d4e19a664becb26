import { readFileSync } from "node:fs";
import { join } from "node:path";
import { markup } from "../../../proof/report/markup";
import { readAssets } from "../../board/assets";
import { boardHtml, minutesOf } from "../../board/page";
import { Pages, View } from "../../board/pages";
import { Site } from "../../board/server";
import { Student } from "../studentsFile";
import { ClassEdges, ClassWatch } from "./classWatch";
import { studentPath, wallCommand, wallHtml, wallStyles } from "./page";
import { Places, StudentView, WallView } from "./views";

/** What a class's server works with; tests hand in their own. */
export interface ClassSiteEdges extends ClassEdges {
    /** The students' file, as it was given. */
    readonly file: string;
    /** A student's own board, which changes nothing. */
    readonly boardOf: (student: Student) => View;
}

/** The wall of a class, and a page for each student. Nothing can be changed from here. */
export function classSite(edges: ClassSiteEdges): Site {
    const { students, file, now } = edges;
    const watch = new ClassWatch(edges);
    const wallView = new WallView(watch, now);
    const wall = new Pages(wallView);
    const ofStudents = studentPages(edges, watch);
    const assets = new Map(readAssets()).set(wallStyles[0], {
        type: "text/css",
        content: readFileSync(join(__dirname, "wall.css"), "utf8"),
    });
    const byPath = new Map(students.map((student) => [studentPath(student.stack), student]));
    return {
        show: (path, query) => {
            if (path === "/") {
                return { type: "text/html", content: wallHtml(students, file) };
            }
            if (path === "/events") {
                return (response) => wall.open(response, minutesOf(query));
            }
            const student = byPath.get(path);
            if (student !== undefined) {
                return { type: "text/html", content: studentHtml(student) };
            }
            const listener = byPath.get(path.replace(/events$/, ""));
            return listener === undefined
                ? assets.get(path)
                : (response) => ofStudents.of(listener).open(response, minutesOf(query));
        },
        close: async () => {
            wall.close();
            await Promise.all([wallView.stop(), ofStudents.close()]);
        },
    };
}

function studentHtml({ name, stack }: Student): string {
    return boardHtml({
        stack,
        isReadOnly: true,
        owner: name,
        command: wallCommand,
        back: ["/", "The class"],
        styles: wallStyles,
        above: markup`<div id="lab" class="lab-now"></div>\n`,
    });
}

/** The students' pages; each has a board once somebody has opened it. */
function studentPages({ boardOf, now }: ClassSiteEdges, watch: ClassWatch) {
    const opened = new Map<Student, { readonly view: StudentView; readonly pages: Pages }>();
    const places = new Places();
    return {
        of: (student: Student): Pages => {
            const { stack } = student;
            const found = opened.get(student);
            if (found !== undefined) {
                return found.pages;
            }
            const view = new StudentView({ stack, watch, board: boardOf(student), places, now });
            const pages = new Pages(view);
            opened.set(student, { view, pages });
            return pages;
        },
        close: async () => {
            const all = [...opened.values()];
            all.forEach(({ pages }) => pages.close());
            await Promise.all(all.map(({ view }) => view.stop()));
        },
    };
}
