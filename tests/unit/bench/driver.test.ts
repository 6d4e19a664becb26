import { readFileSync } from "node:fs";
import * as yaml from "js-yaml";
import { StackDriver } from "../../../bench/driver";
import { stackFilePath } from "../../../src/config/stackFile";

const driver = new StackDriver(`test-driver-${process.pid}`);
afterEach(() => driver.forget());

const content = () => yaml.load(readFileSync(stackFilePath(driver.stack), "utf8"));

test("a key is written where there is no config file yet, and beside those that are there", () => {
    expect(driver.isConfigured).toBe(false);
    driver.configure({ clusters: "3" });
    driver.configure({ sharedService: false });
    expect(content()).toEqual({
        config: {
            "cilium-global-services:clusters": "3",
            "cilium-global-services:sharedService": false,
        },
    });
    driver.forget();
    expect(driver.isConfigured).toBe(false);
});

test("a command is started on this stack, and told not to select it", () => {
    const { args, env } = driver.commandLine("up", "--yes");
    expect(args.slice(-4)).toEqual(["up", "--stack", driver.stack, "--yes"]);
    expect(env.PULUMI_STACK).toBe(driver.stack);
});

test("nodes are named as kind names them", () => {
    expect(driver.nodes()).toEqual([
        `mesh-${driver.stack}-cluster1-control-plane`,
        `mesh-${driver.stack}-cluster2-control-plane`,
    ]);
});
