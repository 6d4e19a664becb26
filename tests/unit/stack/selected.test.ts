import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chooseStack } from "../../../src/commands/chosenStack";
import { projectRoot } from "../../../src/config/declaration";
import { stateFolder } from "../../../src/stack/environment";
import { PulumiCli } from "../../../src/stack/pulumi";
import { selectedStack } from "../../../src/stack/selected";
import { openStack } from "../../../src/stack/stack";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);

let home: string;
const ownBackend = pathToFileURL(stateFolder).href;

beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "pulumi-home-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Writes what Pulumi keeps of the project's folder, as Pulumi names it. */
function keep(content: unknown, folder = projectRoot): void {
    const digest = createHash("sha1").update(join(folder, "Pulumi.yaml")).digest("hex");
    const workspaces = join(home, "workspaces");
    mkdirSync(workspaces, { recursive: true });
    const text = typeof content === "string" ? content : JSON.stringify(content);
    writeFileSync(join(workspaces, `cilium-global-services-${digest}-workspace.json`), text);
}

const selected = (env: NodeJS.ProcessEnv = {}) => selectedStack({ PULUMI_HOME: home, ...env });

test("the selected stack is the one of the lab's own backend, without its owner", () => {
    keep({ stacks: { [ownBackend]: "organization/cilium-global-services/lab2", other: "no" } });
    expect(selected()).toBe("lab2");
});

test("with a backend of the user's it is the one selected there", () => {
    keep({ stacks: { [ownBackend]: "lab2", "s3://state": "ours" } });
    expect(selected({ PULUMI_BACKEND_URL: "s3://state" })).toBe("ours");
});

test("an address of Pulumi's cloud is one with a slash at its end and without", () => {
    keep({ stacks: { "https://pulumi.example": "me/cilium-global-services/ours" } });
    expect(selected({ PULUMI_BACKEND_URL: "https://pulumi.example/" })).toBe("ours");
});

test("before Pulumi 3.200 there was one for all backends", () => {
    keep({ stack: "lab3" });
    expect(selected()).toBe("lab3");
});

test.each(["", "{", "null", "[]"])("a file that holds %j is no selection, and no error", (text) => {
    keep(text);
    expect(selected()).toBeUndefined();
});

test("without anything of Pulumi's none is selected", () => {
    expect(selected()).toBeUndefined();
});

test("another project's selection is not this one's", () => {
    keep({ stack: "lab2" }, "/somewhere/else");
    expect(selected()).toBeUndefined();
});

test("a project reached by a link is named as Pulumi names it: by PWD", () => {
    const link = join(home, "link");
    symlinkSync(projectRoot, link);
    keep({ stack: "lab2" }, link);
    expect(selected({ PWD: link })).toBe("lab2");
    expect(selected({ PWD: tmpdir() })).toBeUndefined();
});

describe("one stack for the next command", () => {
    /** A Pulumi that keeps its selection as the real one does. */
    const pulumi: PulumiCli = {
        isOwnBackend: true,
        show: () => Promise.reject(new Error("nothing is to be shown here")),
        ask: ([, verb = "", stack]) => {
            if (verb === "select") {
                keep({ stacks: { [ownBackend]: stack } });
            }
            return Promise.resolve({ code: 0, stdout: "[]", stderr: "" });
        },
    };
    /** The stack of a command that is given none. */
    const next = (PULUMI_STACK?: string) => chooseStack(undefined, PULUMI_STACK, selected()).stack;

    test("after `up -- --stack lab2` the next command works on lab2", async () => {
        expect(next()).toBe("dev");
        await openStack(pulumi, chooseStack("lab2", undefined, undefined).stack, {});
        expect(next()).toBe("lab2");
    });

    test("an ephemeral lab beside it changes nothing of that", async () => {
        await openStack(pulumi, "lab2", {});
        await openStack(pulumi, "ci-123", { PULUMI_STACK: "ci-123" });
        expect(next()).toBe("lab2");
        expect(next("ci-123")).toBe("ci-123");
    });
});
