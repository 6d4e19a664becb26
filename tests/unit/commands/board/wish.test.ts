import {
    parseGuesses,
    parseWish,
    changesFor,
    commandsFor,
} from "../../../../src/commands/board/wish";
import { ProblemsError } from "../../../../src/config/problem";
import { tourSteps } from "../../../../src/lab/tourSteps";
import { configWith } from "../../../support/defaultConfig";

const wished = (own: Record<string, string> = {}, original?: Record<string, string>) => ({
    config: configWith(own),
    own,
    original,
});

describe("a wish", () => {
    test.each([
        [{ kind: "set", values: { sharedService: "false" } }],
        [{ kind: "exercise", name: "failover" }],
        [{ kind: "step", index: 3 }],
        [{ kind: "restore" }],
        [{ kind: "reconcile" }],
    ])("is read from a request: %j", (body) => {
        expect(parseWish(body)).toEqual(body);
    });

    test.each([
        [null],
        ["set"],
        [[]],
        [{}],
        [{ kind: "destroy" }],
        [{ kind: "set" }],
        [{ kind: "set", values: { sharedService: false } }],
        [{ kind: "step", index: tourSteps.length }],
        [{ kind: "step", index: -1 }],
        [{ kind: "step", index: 0.5 }],
        [{ kind: "exercise" }],
    ])("that is none is refused: %j", (body) => {
        expect(() => parseWish(body)).toThrow("the request is no change of the lab");
    });

    test("of settings changes those that are not so yet", () => {
        const values = { sharedService: "false", globalService: "true", rebelBaseReplicas: "0" };
        expect(changesFor({ kind: "set", values }, wished({ rebelBaseReplicas: "0" }))).toEqual([
            ["sharedService", "false"],
        ]);
    });

    test("changes no key beyond the settings", () => {
        const values = { ciliumChart: "./evil.tgz" };
        expect(() => changesFor({ kind: "set", values }, wished())).toThrow(
            '"ciliumChart" is no setting that the board changes',
        );
    });

    test("that makes no legal config is told what is legal", () => {
        const wish = { kind: "set", values: { rebelBaseReplicas: "21" } } as const;
        expect(() => changesFor(wish, wished())).toThrow(ProblemsError);
        expect(() => changesFor(wish, wished())).toThrow("a whole number from 0 to 20");
    });

    test("of a step of the tour sets its keys and nothing else, and restoring takes them back", () => {
        const step = tourSteps.findIndex(({ settings }) => settings.sharedService === "false");
        const own = { serviceAffinity: "local" };
        expect(changesFor({ kind: "step", index: step }, wished(own))).toEqual([
            ["sharedService", "false"],
            ["serviceAffinity", undefined],
        ]);
        expect(changesFor({ kind: "restore" }, wished({ sharedService: "false" }, own))).toEqual([
            ["sharedService", undefined],
            ["serviceAffinity", "local"],
        ]);
    });
});

test("the commands do the same as the page, on the stack that it shows", () => {
    const changes = [
        ["sharedService", "false"],
        ["serviceAffinity", undefined],
    ] as const;
    expect(commandsFor(changes, "dev", true)).toEqual([
        "npm run pulumi -- config set sharedService false",
        "npm run pulumi -- config rm serviceAffinity",
        "npm run up",
    ]);
    expect(commandsFor([], "two", false)).toEqual(["npm run up -- --stack two"]);
});

test("guesses are names of clusters, in their order; anything else is left out", () => {
    const clusters = ["cluster1", "cluster2"];
    const guesses = { cluster1: ["cluster2", "cluster1", "x"], cluster2: [], evil: ["cluster1"] };
    expect(parseGuesses({ guesses }, clusters)).toEqual({
        cluster1: ["cluster1", "cluster2"],
        cluster2: [],
    });
    expect(parseGuesses({}, clusters)).toBeUndefined();
});
