import { StudentTile } from "../../../../../src/commands/class/wall/classWatch";
import { Asked, LabFacts } from "../../../../../src/commands/class/wall/facts";
import { wallHtml, wallRegions } from "../../../../../src/commands/class/wall/page";
import { tileOf } from "../../../../../src/commands/class/wall/tile";
import { clustersThatAre, labFacts } from "../../../../support/fakeClass";

const now = Date.UTC(2026, 2, 1, 12);
const evil = "<img src=x onerror=alert(1)>\u202e\u001b[31m";

function lab(name: string, facts: Partial<LabFacts>, asked?: Asked): StudentTile {
    const check = asked && { ...asked, at: now - 65_000, since: now - 65_000 };
    return { name, stack: `class-${name}`, tile: tileOf(labFacts(facts), check, now) };
}

/** A region's text as it is read. */
function read(html: string | undefined): string {
    return (html ?? "")
        .replace(/<[^>]*>/g, " ")
        .replace(/\s+/g, " ")
        .trim();
}

const agrees: Asked = { verdict: "agrees", why: undefined, byHand: [], lacking: [] };
const disagrees: Asked = {
    verdict: "disagrees",
    why: "cluster2 asks: no",
    byHand: ["a", "b"],
    lacking: [],
};
const learned = { exercise: "exercise not-shared", guesses: 4, right: 3, steps: 5 };
const class_ = [
    lab("ada", { learned }, agrees),
    lab("bo", {}, disagrees),
    lab("cy", { clusters: clustersThatAre("missing"), wasMade: false }),
    lab("di", {
        news: { text: "cluster1 is stuck", at: now - 300_000, isFailure: true },
    }),
    { name: "ed", stack: "class-ed", tile: undefined },
];

describe("the wall", () => {
    const regions = wallRegions(class_, now);

    test("has a tile for each student: state, verdict, exercise, score", () => {
        expect(read(regions["lab-class-ada"])).toBe(
            "ada ● up ✓ agrees 1 min ago exercise not-shared guesses 3 of 4 tour 5 of 12",
        );
        expect(read(regions["lab-class-cy"])).toBe("cy ○ not up nobody has brought it up yet");
        expect(read(regions["lab-class-ed"])).toBe("ed looking");
    });

    test("says of whoever is stuck why and for how long, in the tile and in a list of its own, the longest first", () => {
        expect(read(regions["lab-class-bo"])).toBe(
            "bo ● up ✗ disagrees 1 min ago baseline 2 settings changed by hand stuck for 1 min: cluster2 asks: no",
        );
        expect(read(regions["lab-class-di"])).toBe(
            "di ✗ failed stuck for 5 min: cluster1 is stuck",
        );
        expect(read(regions.stuck)).toBe(
            "di for 5 min: cluster1 is stuck bo for 1 min: cluster2 asks: no",
        );
        expect(read(wallRegions([class_[0]!], now).stuck)).toBe("Nobody is.");
    });

    test("lists eight who are stuck, and the number of the others", () => {
        const many = Array.from({ length: 10 }, (_, i) =>
            lab(`s${i}`, { clusters: clustersThatAre("foreign") }),
        );
        const { stuck } = wallRegions(many, now);
        expect(stuck!.match(/<li>/g)).toHaveLength(8);
        expect(read(stuck)).toContain("And 2 more, which are marked beside.");
    });

    test("counts states and verdicts, one or several, and leaves out what there is none of", () => {
        expect(read(regions.overall)).toMatch(
            /^2 ● up 1 ✗ failed 1 ○ not up 1 ✓ agrees 1 ✗ disagrees Labs/,
        );
        const two = wallRegions([class_[0]!, { ...class_[0]!, stack: "class-b" }], now);
        expect(read(two.overall)).toMatch(/^2 ● up 2 ✓ agree Labs/);
    });

    test("tells a screen reader how many are up and who is stuck, not what time it is", () => {
        expect(regions.announce).toBe("2 of 5 labs up. Stuck: di, bo.");
        expect(wallRegions(class_, now + 30_000).announce).toBe(regions.announce);
    });

    test("leads from every tile to the student's page", () => {
        expect(regions["lab-class-ada"]).toContain('href="/students/class-ada/"');
        expect(regions.stuck).toContain('href="/students/class-bo/"');
    });
});

test("no name, reason, setting or file becomes HTML or turns what is beside it", () => {
    const facts = labFacts({
        learned: { ...learned, exercise: evil },
        trouble: evil,
    });
    const asked = { verdict: "disagrees", why: evil, byHand: [evil], lacking: [evil] } as const;
    const tile = tileOf(facts, { ...asked, at: now, since: now - 120_000 }, now);
    const one = { name: evil, stack: "class-x", tile };
    const html = [
        ...Object.values(wallRegions([one], now)),
        wallHtml([{ ...one, config: {} }], evil),
    ].join("");
    expect(html).not.toMatch(/<img|onerror=alert\(1\)>/);
    expect(html).not.toContain("\u202e");
    expect(html).not.toContain("\u001b");
    expect(html).toContain("&lt;img src=x");
});
