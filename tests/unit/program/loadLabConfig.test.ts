import { ProblemsError } from "../../../src/config/problem";
import { loadLabConfig } from "../../../src/program/loadLabConfig";
import { configWith } from "../../support/defaultConfig";

let all: Record<string, string> = {};

// Loading the whole SDK would take seconds; only its list of config values is used.
jest.mock("@pulumi/pulumi", () => ({ runtime: { allConfig: () => all } }));

test("a key of a mistyped namespace is refused by plain pulumi, too", () => {
    all = { "cilium-global-service:sharedService": "false" };
    expect(() => loadLabConfig()).toThrow(
        '"cilium-global-service:sharedService" has the namespace "cilium-global-service", so nobody reads it',
    );
});

test("an encrypted value is refused by plain pulumi, too: the lab's commands would go by another", () => {
    all = { "cilium-global-services:sharedService": "false", "aws:token": "t" };
    const keys = ["cilium-global-services:sharedService", "aws:token"];
    process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(keys);
    try {
        expect(() => loadLabConfig()).toThrow(
            /^1 problem; .*\n {2}- sharedService is encrypted, so only Pulumi can read it/,
        );
    } finally {
        delete process.env.PULUMI_CONFIG_SECRET_KEYS;
    }
});

test("the keys of the project's namespace are the config, those of others are not", () => {
    all = {
        "cilium-global-services:sharedService": "false",
        "cilium-global-services:ciliumValues": '{"debug":{"enabled":true}}',
        "kubernetes:context": "mine",
        "kubernetes:kubeconfig": "mine",
        "aws:region": "not ours",
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
