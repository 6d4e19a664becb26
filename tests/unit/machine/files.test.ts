import { spawnSync } from "node:child_process";
import {
    chmodSync,
    existsSync,
    lstatSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    rmSync,
    statSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { projectRoot } from "../../../src/config/declaration";
import { FileError, fileError } from "../../../src/machine/fileErrors";
import {
    dropLeftParts,
    hasTexts,
    partOf,
    readJson,
    readText,
    writeOnce,
    writeWhole,
} from "../../../src/machine/files";
import { labLoader } from "../../support/labLoader";

const gone = spawnSync("true").pid;
let folder: string;
let path: string;

beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "files-"));
    path = join(folder, "below", "one.json");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const isNamed = (value: unknown): value is { name: string } => hasTexts(value, "name");

describe("writing", () => {
    test("makes the folder, and a file that only its owner can read", () => {
        writeWhole(path, "text");
        expect(readFileSync(path, "utf8")).toBe("text");
        expect(statSync(path).mode & 0o777).toBe(0o600);
        expect(readdirSync(join(folder, "below"))).toEqual(["one.json"]);
    });

    test("gives the mode that is asked for, and else keeps the one there is", () => {
        writeWhole(path, "text", 0o755);
        expect(statSync(path).mode & 0o777).toBe(0o755);
        writeWhole(path, "more");
        expect([statSync(path).mode & 0o777, readText(path)]).toEqual([0o755, "more"]);
    });

    test("follows a link, as writing does", () => {
        mkdirSync(join(folder, "below"));
        writeFileSync(join(folder, "real"), "old");
        symlinkSync(join(folder, "real"), path);
        writeWhole(path, "new");
        expect(lstatSync(path).isSymbolicLink()).toBe(true);
        expect(readFileSync(join(folder, "real"), "utf8")).toBe("new");
    });

    test("leaves the old content where it fails, and nothing beside it", () => {
        mkdirSync(path, { recursive: true });
        expect(() => writeWhole(path, "text")).toThrow(
            `${path} cannot be written: it is a folder where a file is meant. Fix: mv ${path} ${path}.old`,
        );
        expect(readdirSync(join(folder, "below"))).toEqual(["one.json"]);
    });

    test("takes along what killed processes had begun, and nothing that others need", () => {
        writeWhole(path, "text");
        const others = [`${path}.${process.ppid}.part`, `${path}.bak.${gone}.part`, `${path}.part`];
        [...others, `${path}.${gone}.part`].forEach((part) => writeFileSync(part, "half"));
        mkdirSync(`${path}.${gone}.part`.replace("one", "two"));
        writeWhole(path, "text");
        expect(others.map(existsSync)).toEqual([true, true, true]);
        expect(existsSync(`${path}.${gone}.part`)).toBe(false);
        dropLeftParts(path.replace("one", "two"));
        expect(readdirSync(join(folder, "below"))).toHaveLength(4);
        dropLeftParts(join(folder, "nowhere", "file"));
        expect(partOf("a")).toBe(`a.${process.pid}.part`);
    });
});

describe("writing once", () => {
    test("leaves what is there, and says so", () => {
        expect([writeOnce(path, "first"), writeOnce(path, "second")]).toEqual([true, false]);
        expect([readText(path), statSync(path).mode & 0o777]).toEqual(["first", 0o600]);
        expect(readdirSync(join(folder, "below"))).toEqual(["one.json"]);
    });

    test("works where the file system has no hard links", () => {
        const script = `
            require("node:fs").linkSync = () => { throw Object.assign(new Error("no"), { code: "EPERM" }); };
            const { writeOnce } = require(${JSON.stringify(resolve(projectRoot, "src/machine/files"))});
            console.log(writeOnce(process.argv[1], "first"), writeOnce(process.argv[1], "second"));`;
        const args = [...labLoader, "-e", script, path];
        const { stdout } = spawnSync(process.execPath, args, {
            cwd: projectRoot,
            encoding: "utf8",
        });
        expect([stdout, readText(path)]).toEqual(["true false\n", "first"]);
    });
});

describe("reading", () => {
    test("a file that is not there is undefined", () => {
        expect([readText(path), readJson(path, isNamed, "fix")]).toEqual([undefined, undefined]);
    });

    test("a file that says what it should is read", () => {
        writeWhole(path, '{"name": "a", "more": 1}');
        expect(readJson(path, isNamed)).toEqual({ name: "a", more: 1 });
    });

    test.each([
        ["", "it is empty"],
        [" \n", "it is empty"],
        ["{", "it does not say what it should"],
        ["null", "it does not say what it should"],
        ['{"name": 1}', "it does not say what it should"],
    ])("the damaged file %j is one sentence, or counts as none", (content, reason) => {
        writeWhole(path, content);
        expect(() => readJson(path, isNamed, "rm it")).toThrow(
            new Error(`${path} is damaged: ${reason}. Fix: rm it`),
        );
        expect(readJson(path, isNamed)).toBeUndefined();
    });

    test("a file that cannot be read is never taken for none", () => {
        mkdirSync(path, { recursive: true });
        expect(() => readJson(path, isNamed)).toThrow("it is a folder where a file is meant");
        writeFileSync(join(folder, "file"), "");
        expect(() => readText(join(folder, "file", "below"))).toThrow(
            `${join(folder, "file")} is a file where a folder is meant. Fix: mv ${join(folder, "file")} ${join(folder, "file")}.old`,
        );
    });
});

describe("what the file system refuses is one sentence with a way out", () => {
    const refused = (code: string, at = path) =>
        fileError(Object.assign(new Error(`${code}: raw`), { code, path: at }), at, "written");

    test.each([
        ["ENOSPC", "the disk is full. Fix: free some space; df -h FOLDER shows how much there is"],
        [
            "EDQUOT",
            "the disk quota is used up. Fix: free some space; df -h FOLDER shows how much there is",
        ],
        [
            "EROFS",
            "its file system is read-only. Fix: use a checkout on a disk that can be written to",
        ],
        ["EMFILE", "too many files are open. Fix: ulimit -n 4096"],
        ["ENAMETOOLONG", "its path is too long. Fix: use a checkout with a shorter path"],
        ["ENOENT", "there is no such file or folder."],
        ["EXDEV", "EXDEV: raw."],
        ["EIO", "the disk does not work as it should. Fix: look at the system's log: dmesg"],
    ])("%s", (code, sentence) => {
        expect(refused(code).message).toBe(
            `${path} cannot be written: ${sentence.replace("FOLDER", folder)}`,
        );
        expect(refused(code)).toMatchObject({ code });
    });

    test("what belongs to another user: whose, and how to have it back", () => {
        jest.spyOn(process, "getuid").mockReturnValue(4711);
        expect(refused("EACCES").message).toBe(
            `${path} cannot be written: permission denied; ${folder} belongs to ${owner()}. Fix: sudo chown -R $(id -u) ${folder}`,
        );
        writeWhole(path, "");
        expect(refused("EPERM").message).toContain(`permission denied; it belongs to ${owner()}.`);
        jest.restoreAllMocks();
    });

    test("nobody is told to move away, or to take, what is the system's or another's", () => {
        jest.spyOn(process, "getuid").mockReturnValue(4711);
        const said = (code: string, at: string) => refused(code, at).message;
        for (const at of ["/", "/etc", "/etc/none", "/etc/passwd/x", tmpdir(), homedir()]) {
            for (const code of ["EACCES", "EISDIR", "ENOTDIR"]) {
                expect(said(code, at)).not.toMatch(/\b(mv|chown|chmod) /);
            }
        }
        expect(said("EISDIR", "/etc")).toBe(
            "/etc cannot be written: it is a folder where a file is meant. Fix: use another path",
        );
        expect(said("EACCES", "/etc/none")).toMatch(
            /Fix: use another path; ls -ld \/etc shows who may use this one$/,
        );
        expect(said("EISDIR", join(projectRoot, ".lab", "state"))).toContain("Fix: mv ");
        jest.restoreAllMocks();
    });

    test("nobody is told to take over a checkout of somebody else, nor what is in it", () => {
        const { uid } = statSync(projectRoot);
        jest.spyOn(process, "getuid").mockReturnValue(4711);
        const at = join(projectRoot, ".lab", "passphrase");
        const whose = uid === 0 ? "root" : `another user (number ${uid})`;
        const own = "use a checkout of your own, or run this as its owner";
        expect(refused("EACCES", at).message).toBe(
            `${at} cannot be written: permission denied; this checkout belongs to ${whose}. Fix: ${own}${uid === 0 ? `; if it is meant to be yours: sudo chown -R $(id -u) ${projectRoot}` : ""}`,
        );
        jest.restoreAllMocks();
    });

    const owner = () =>
        statSync(folder).uid === 0
            ? "root, perhaps after a run with sudo"
            : `another user (number ${statSync(folder).uid})`;

    test("what is the user's own without the right to it", () => {
        const own = join(folder, "it's");
        writeFileSync(own, "");
        expect(refused("EACCES", own).message).toBe(
            `${own} cannot be written: permission denied. Fix: chmod -R u+rwX '${folder}/it'\\''s'`,
        );
    });

    (process.getuid?.() === 0 ? test.skip : test)("for real, too", () => {
        mkdirSync(join(folder, "below"));
        chmodSync(join(folder, "below"), 0o500);
        expect(() => writeWhole(path, "")).toThrow("Fix: chmod -R u+rwX");
    });

    test("an error of another kind, and one that is a sentence already, stay as they are", () => {
        const other = new Error("other");
        const sentence = new FileError({ message: "a" }, "EIO");
        expect([fileError(other, path, "read"), fileError(sentence, path, "read")]).toEqual([
            other,
            sentence,
        ]);
    });
});
