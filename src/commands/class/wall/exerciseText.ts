import { readProject } from "../../../config/declaration";
import { LabConfig } from "../../../config/labConfig";
import { requireLabConfig } from "../../../config/parseLabConfig";
import { readStackValues } from "../../../config/stackFile";
import { exercises } from "../../../lab/exercise";
import { tourSteps } from "../../../lab/tourSteps";
import { settingValues } from "../../board/wish";

type Values = Readonly<Record<string, string>>;

/** Settings that have a name. */
export interface NamedSettings {
    /** `baseline`, `exercise failover`, or `tour: …`. */
    readonly title: string;
    /** Every setting of two clusters, by its key. */
    readonly values: Values;
}

/** What exercises and tour set; read once, since it takes a file for each. */
export interface KnownSettings {
    readonly exercises: readonly NamedSettings[];
    readonly steps: readonly NamedSettings[];
}

/** Reads what exercises and tour set. */
export function readKnownSettings(): KnownSettings {
    const project = readProject();
    const named = (title: string, own: Values) => ({
        title,
        values: taughtValues(requireLabConfig(own, project)),
    });
    return {
        exercises: exercises.map((name) =>
            named(name === "baseline" ? name : `exercise ${name}`, readStackValues(name)),
        ),
        steps: tourSteps.map(({ title, settings }) => named(`tour: ${title}`, settings)),
    };
}

/** Settings that differ from all that is known and are told by name, at most. */
const mostNamed = 3;

/** What a lab is set to, in words: a step of the tour where it is on the tour, an exercise, or what is not the baseline. */
export function exerciseText(config: LabConfig, isOnTour: boolean, known: KnownSettings): string {
    const now = taughtValues(config);
    const isNow = ({ values }: NamedSettings) =>
        Object.entries(values).every(([key, value]) => now[key] === value);
    const found = (isOnTour ? known.steps.find(isNow) : undefined) ?? known.exercises.find(isNow);
    if (found !== undefined) {
        return found.title;
    }
    const usual = known.exercises[0]?.values ?? {};
    const own = Object.entries(now)
        .filter(([key, value]) => key in usual && usual[key] !== value)
        .map(([key, value]) => `${key} ${value}`);
    const more = own.length > mostNamed ? ` and ${own.length - mostNamed} more` : "";
    return `own settings: ${own.slice(0, mostNamed).join(", ")}${more}`;
}

/** What the lab varies; which form annotations are written in is nobody's exercise. */
function taughtValues(config: LabConfig): Values {
    const all = Object.entries(settingValues(config));
    return Object.fromEntries(all.filter(([key]) => key !== "legacyAnnotations"));
}
