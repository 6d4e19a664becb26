import {
    mkdirSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    rmSync,
    unlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { placeProblems, told } from "../../../src/commands/told";
import { ProblemsError } from "../../../src/config/problem";

const root = mkdtempSync(join(tmpdir(), "told-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What is told of an error that this throws. */
function toldOf(work: () => unknown): string {
    try {
        work();
    } catch (error) {
        return told(error);
    }
    throw new Error("nothing was thrown");
}

test("what the file system refuses is a sentence with a fix, wherever it was refused", () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    expect(toldOf(() => readFileSync(root))).toMatch(
        /^.* cannot be read: it is a folder where a file is meant\. Fix: use another path$/,
    );
    expect(toldOf(() => mkdirSync(join(file, "sub")))).toBe(
        `${join(file, "sub")} cannot be written: ${file} is a file where a folder is meant. Fix: mv ${file} ${file}.old`,
    );
    expect(toldOf(() => readdirSync(file))).toContain("is a file where a folder is meant");
    expect(toldOf(() => unlinkSync(join(root, "none")))).toContain(
        " cannot be removed: there is no",
    );
});

const codes = [
    "EACCES",
    "EPERM",
    "ENOSPC",
    "EROFS",
    "EMFILE",
    "ELOOP",
    "EIO",
    "EBUSY",
    "ENAMETOOLONG",
];

test("no error of a file system is told raw, whatever its code and its call", () => {
    const calls = fc.constantFrom("open", "mkdir", "rename", "unlink", "scandir", "write", "fsync");
    fc.assert(
        fc.property(fc.constantFrom(...codes), calls, fc.boolean(), (code, syscall, hasPath) => {
            const path = join(root, "x", "y");
            const message = `${code}: it failed, ${syscall}${hasPath ? ` '${path}'` : ""}`;
            const error = Object.assign(new Error(message), {
                code,
                syscall,
                errno: -1,
                ...(hasPath ? { path } : {}),
            });
            const text = told(error);
            expect(text).toMatch(/^\S.* cannot be (read|written|removed): [^\n]+\.( Fix: .+)?$/);
            expect(text).not.toContain(`${code}: it failed, `);
        }),
    );
});

test("what is no file's matter is told as it is", () => {
    for (const [code, syscall] of [
        ["ECONNREFUSED", "connect"],
        ["EPIPE", "write"],
        ["ENOENT", "spawn kind"],
    ]) {
        expect(told(Object.assign(new Error("its words"), { code, syscall }))).toBe("its words");
    }
});

test.each([
    [new ProblemsError([{ message: "a is b." }]), "1 problem; nothing was created or changed:"],
    [new Error("one sentence"), "one sentence"],
    ["a text", "a text"],
    [undefined, "undefined"],
])("%s is told as it is", (error, text) => {
    expect(told(error)).toContain(text);
});

test("a fault of the lab is told as one, in one line, with what to do", () => {
    const text = toldOf(() => (undefined as unknown as string).slice(1));
    expect(text).toMatch(
        /^The lab has met something that it does not expect \(.*slice.*\)\. Fix: run /,
    );
    expect(toldOf(() => JSON.parse("{") as unknown)).toContain("does not expect");
});

test.each([
    ["an empty HOME", () => ""],
    [
        "no HOME and no entry of the user",
        () => {
            throw Object.assign(new Error("A system error occurred"), { code: "ERR_SYSTEM_ERROR" });
        },
    ],
])("%s is a problem of every command", (_, home) => {
    const [problem, ...more] = placeProblems("down", { root: "/lab", home });
    expect([problem?.fix, more]).toEqual(["export HOME=<a folder that you may write to>", []]);
});

test("a colon in the project's path is one of what makes something, and down works there", () => {
    const place = { root: "/home/a:b/lab", home: () => "/home/a" };
    expect(placeProblems("up", place)).toEqual([
        {
            message:
                'the project is in /home/a:b/lab, and ":" separates the paths of KUBECONFIG and PATH.',
            fix: 'move it to a folder without ":" in its path',
        },
    ]);
    expect(placeProblems("down", place)).toEqual([]);
    expect(placeProblems("up", { root: "/home/a b/lab", home: () => "/" })).toEqual([]);
});
