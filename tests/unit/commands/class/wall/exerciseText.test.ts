import {
    exerciseText,
    readKnownSettings,
} from "../../../../../src/commands/class/wall/exerciseText";
import { readProject } from "../../../../../src/config/declaration";
import { requireLabConfig } from "../../../../../src/config/parseLabConfig";
import { readStackValues } from "../../../../../src/config/stackFile";
import { exercises } from "../../../../../src/lab/exercise";
import { tourSteps } from "../../../../../src/lab/tourSteps";

const known = readKnownSettings();

function text(own: Readonly<Record<string, string>>, isOnTour = false): string {
    return exerciseText(requireLabConfig(own, readProject()), isOnTour, known);
}

test("settings are the exercise that has them, whether they are written down or defaults", () => {
    for (const exercise of exercises) {
        const title = exercise === "baseline" ? exercise : `exercise ${exercise}`;
        expect(text(readStackValues(exercise))).toBe(title);
    }
    expect(text({ ttlHours: "8", legacyAnnotations: "true" })).toBe("baseline");
});

test("on the tour they are the step that has them", () => {
    const { title, settings } = tourSteps[3]!;
    expect(text(settings)).toBe("exercise not-shared");
    expect(text(settings, true)).toBe(`tour: ${title}`);
});

test("settings of nobody are told by their keys, the first few of them", () => {
    expect(text({ rebelBaseReplicas: "5" })).toBe("own settings: rebelBaseReplicas 5");
    const many = {
        globalService: "false",
        sharedService: "false",
        rebelBaseReplicas: "5",
        cluster2RebelBaseReplicas: "5",
        cluster2SharedService: "false",
    };
    expect(text(many)).toMatch(/^own settings: \w+ \w+, \w+ \w+, \w+ \w+ and 2 more$/);
});

test("more clusters may have an exercise, too", () => {
    expect(text({ clusters: "3", sharedService: "false" })).toBe("exercise not-shared");
});
