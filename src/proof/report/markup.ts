import { visible } from "../../config/problem";

/** HTML that is written as it is; everything else is escaped. */
export class Markup {
    private readonly html: string;

    /** Only for HTML that contains nothing from outside; {@link markup} is for the rest. */
    constructor(html: string) {
        this.html = html;
    }

    toString(): string {
        return this.html;
    }
}

/** What may stand in a {@link markup} template; a list is written without separators. */
export type Content = Markup | string | number | undefined | readonly Content[];

/** Template tag for HTML: texts and numbers are escaped, undefined is nothing. */
export function markup(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
    return new Markup(String.raw({ raw: parts }, ...values.map(write)));
}

const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
};

function write(content: Content): string {
    if (content === undefined) {
        return "";
    }
    if (typeof content === "object") {
        return content instanceof Markup ? content.toString() : content.map(write).join("");
    }
    return visible(String(content)).replace(/[&<>"']/g, (character) => entities[character]!);
}
