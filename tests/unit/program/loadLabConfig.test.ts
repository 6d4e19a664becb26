import { ProblemsError } from "../../../src/config/problem";
import { loadLabConfig } from "../../../src/program/loadLabConfig";
import { configWith } from "../../support/defaultConfig";

let all: Record<string, string> = {};

// Loading the whole SDK would take seconds; only its list of config values is used.
jest.mock("@pulumi/pulumi", () => ({ runtime: { allConfig: () => all } }));

test("the keys of the project's namespace are the config, those of others are not", () => {
    all = {
        "cilium-global-services:sharedService": "false",
        "cilium-global-services:ciliumValues": '{"debug":{"enabled":true}}',
        "kubernetes:context": "mine",
        "cilium-global-services-2:podCidr": "not ours",
    };
    expect(loadLabConfig()).toStrictEqual(
        configWith({ sharedService: "false", ciliumValues: '{"debug":{"enabled":true}}' }),
    );
});

test("without any value the declared defaults are the config", () => {
    all = {};
    expect(loadLabConfig()).toStrictEqual(configWith());
});

test("everything that is wrong is thrown at once", () => {
    all = {
        "cilium-global-services:sharedService": "no",
        "cilium-global-services:sharedServices": "true",
    };
    expect(() => loadLabConfig()).toThrow(ProblemsError);
    expect(() => loadLabConfig()).toThrow(
        [
            "2 problems; nothing was created or changed:",
            "  - sharedServices is not a config key of this project; did you mean sharedService?",
            "    Fix: pulumi config rm sharedServices && pulumi config set sharedService <value>",
            '  - sharedService is "no"; it must be one of true, false.',
            "    Fix: pulumi config set sharedService true",
        ].join("\n"),
    );
});
