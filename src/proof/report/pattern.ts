import { Markup, markup } from "./markup";
import { patterns } from "./parts";

/** A cluster's pattern: stripes of a colour, as wide as the gaps between them, at an angle; no stripe is a full area. */
interface Pattern {
    /** Custom property with the colour. */
    readonly color: string;
    /** As CSS counts them for `repeating-linear-gradient`: the gradient's direction, not the stripes'. */
    readonly degrees: number;
    /** Pixels; 0 is a full area. */
    readonly stripe: number;
}

/** What report.css draws bars with, for pictures: CSS gradients cannot fill a path. */
export const patternOf: Readonly<Record<(typeof patterns)[number], Pattern>> = {
    first: { color: "--first", degrees: 135, stripe: 0 },
    second: { color: "--second", degrees: 135, stripe: 3 },
    third: { color: "--third", degrees: 90, stripe: 3 },
    fourth: { color: "--fourth", degrees: 45, stripe: 3 },
    fifth: { color: "--first", degrees: 0, stripe: 2 },
    sixth: { color: "--second", degrees: 90, stripe: 6 },
    seventh: { color: "--third", degrees: 135, stripe: 6 },
    eighth: { color: "--fourth", degrees: 45, stripe: 8 },
};

/** Paints for `fill="url(#fill-second)"` and so on, and `fill-failed`; once in a document. */
export function patternDefinitions(): Markup {
    return markup`<svg class="definitions" width="0" height="0" aria-hidden="true" focusable="false"><defs>
${patterns.map(definition)}<pattern id="fill-failed" width="5" height="5" patternUnits="userSpaceOnUse"><circle class="paint failed" cx="2.5" cy="2.5" r="1.2"/></pattern>
</defs></svg>
`;
}

function definition(name: (typeof patterns)[number]): Markup {
    const { degrees, stripe } = patternOf[name];
    const size = stripe === 0 ? 8 : 2 * stripe;
    const painted = stripe === 0 ? size : stripe;
    return markup`<pattern id="fill-${name}" width="${size}" height="${size}" patternUnits="userSpaceOnUse" patternTransform="rotate(${degrees - 90})"><rect class="paint ${name}" width="${painted}" height="${size}"/></pattern>
`;
}
