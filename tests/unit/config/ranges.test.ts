import { overlapProblem, rangesOf } from "../../../src/config/crossChecks";
import { configWith } from "../../support/defaultConfig";

test("the config's ranges are owned by their keys", () => {
    expect(rangesOf(configWith({ cluster2PodCidr: "10.3.0.0/24" }))).toStrictEqual([
        { owner: "podCidr", cidr: "10.1.0.0/16" },
        { owner: "serviceCidr", cidr: "10.101.0.0/16" },
        { owner: "cluster2PodCidr", cidr: "10.3.0.0/24" },
        { owner: "cluster2ServiceCidr", cidr: "10.102.0.0/16" },
    ]);
});

test("the problem of two ranges names both and moves the lab's own", () => {
    expect(
        overlapProblem([
            { owner: "podCidr", cidr: "10.1.0.0/16" },
            { owner: "docker network office", cidr: "10.0.0.0/8" },
        ]),
    ).toStrictEqual({
        message:
            "podCidr 10.1.0.0/16 overlaps docker network office 10.0.0.0/8; every range must be its own.",
        fix: "pulumi config set podCidr <a free network such as 10.50.0.0/16>",
    });
});
