import { readProject } from "../../../src/config/declaration";
import { possibleClusters } from "../../../src/config/labConfig";
import { settings, settingsLine } from "../../../src/lab/settings";
import { sidesOf } from "../../../src/lab/sides";
import { configWith } from "../../support/defaultConfig";

test("every setting is a declared config key, once", () => {
    const keys = settings.map(({ key }) => key);
    expect(Object.keys(readProject().declarations)).toEqual(expect.arrayContaining(keys));
    expect(new Set(keys).size).toBe(keys.length);
});

test("live objects that are as the config says are read in the config's own words", () => {
    const config = configWith({
        globalService: "false",
        sharedService: "false",
        serviceAffinity: "remote",
        rebelBaseReplicas: "0",
    });
    for (const [index, side] of sidesOf(config).entries()) {
        const cluster = config.clusters[index]!;
        expect(cluster.name).toBe(possibleClusters[index]);
        expect(settings.map(({ live }) => live(side))).toEqual(
            settings.map(({ key }) => String(cluster[key])),
        );
    }
});

test("a cluster's settings are one line", () => {
    expect(settingsLine(configWith().clusters[0]!)).toBe(
        "globalService true, sharedService true, serviceAffinity none, rebelBaseReplicas 2",
    );
});
