import {
    ciliumVersions,
    isMixed,
    oldestVersion,
    versionsText,
} from "../../../src/lab/ciliumVersions";
import { configWith } from "../../support/defaultConfig";

test.each<[Record<string, string>, string, string, boolean]>([
    [{}, "1.20.2", "1.20.2", false],
    [{ cluster2CiliumVersion: "1.20.2" }, "1.20.2", "1.20.2", false],
    [
        { cluster2CiliumVersion: "1.19.7" },
        "1.20.2 (cluster1) and 1.19.7 (cluster2)",
        "1.19.7",
        true,
    ],
    [
        { ciliumVersion: "1.19.9", cluster2CiliumVersion: "1.19.10" },
        "1.19.9 (cluster1) and 1.19.10 (cluster2)",
        "1.19.9",
        true,
    ],
    [
        { clusters: "3", cluster2CiliumVersion: "1.19.7" },
        "1.20.2 (cluster1 and cluster3) and 1.19.7 (cluster2)",
        "1.19.7",
        true,
    ],
])("the versions of %j are told as %s, the oldest is %s", (given, text, oldest, mixed) => {
    const versions = ciliumVersions(configWith(given));
    expect(versionsText(versions)).toBe(text);
    expect(isMixed(versions)).toBe(mixed);
    expect(oldestVersion(configWith(given))).toBe(oldest);
});
