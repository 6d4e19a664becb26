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

/**
 * A name as it was meant: composed, with single plain spaces whatever a spreadsheet has, plain hyphens, and without signs
 * that are not seen. The joiners between letters stay, which scripts as Arabic and Devanagari need to be read.
 */
export function tidyName(name: string): string {
    return name
        .normalize("NFC")
        .replace(/[\u00ad\u061c\u200b\u200e\u200f\u2060\ufeff]/g, "")
        .replace(/[\p{Zs}\t]+/gu, " ")
        .replace(/[\u2010\u2011]/g, "-")
        .replace(/(?<![\p{L}\p{M}])[\u200c\u200d]+|[\u200c\u200d]+(?!\p{L})/gu, "")
        .trim();
}

/** A name by which two entries are the same person: as {@link tidyName}, in lower case, without joiners. */
export function plainName(name: string): string {
    return tidyName(name)
        .replace(/[\u200c\u200d]/g, "")
        .replace(/\s+/g, " ")
        .toLowerCase()
        .trim();
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
