import { shortHash } from "../../machine/names";

/** Stands before every student's stack, and tells it from stacks that were made by hand. */
const prefix = "class-";

/** Longest part after the prefix: a kind cluster takes 30 characters of a stack's name as they are. */
const longestPart = 24;

/** Letters that Unicode does not take apart into an ASCII letter and a mark. */
const spellings: Readonly<Record<string, string>> = {
    ß: "ss",
    æ: "ae",
    œ: "oe",
    ø: "o",
    ł: "l",
    đ: "d",
    ð: "d",
    þ: "th",
    ı: "i",
};

/** A name by which two entries are the same person: composed, in lower case, with single spaces. */
export function plainName(name: string): string {
    return name.normalize("NFC").trim().replace(/\s+/g, " ").toLowerCase();
}

/**
 * The stack of a student: `Ada Lovelace` has `class-ada-lovelace`. Marks are left off (`Müller`, `muller`). A name
 * that is too long, or has letters that ASCII cannot spell, ends in a hash of the whole name. Two names may still
 * give one stack; `parseStudents` refuses the second.
 */
export function studentStack(name: string): string {
    const spelled = plainName(name)
        .normalize("NFKD")
        .replace(/[^ -~]/gu, (letter) => spellings[letter] ?? letter)
        .replace(/(?<=[a-z])\p{M}+/gu, "");
    const words = spelled.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
    const isWhole = !/[\p{L}\p{M}\p{N}]/u.test(spelled.replace(/[ -~]/g, ""));
    if (isWhole && words !== "" && words.length <= longestPart) {
        return prefix + words;
    }
    const hash = shortHash(plainName(name)).slice(0, 6);
    const begin = words.slice(0, longestPart - hash.length - 1).replace(/-$/, "");
    return prefix + (begin === "" ? hash : `${begin}-${hash}`);
}
