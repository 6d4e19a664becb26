import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { askedOf, askingLabs } from "../../../../../src/commands/class/wall/ask";
import { Asked } from "../../../../../src/commands/class/wall/facts";
import { projectRoot } from "../../../../../src/config/declaration";
import { UnaskedClient, Verification } from "../../../../../src/proof/verify/result";
import { Answer, fakeRunner } from "../../../../support/fakeRunner";
import { proofOf } from "../../../../support/proofs";
import { sideOf } from "../../../../support/sides";

jest.mock("../../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../../support/temporaryProject"),
);

beforeAll(() => copyFileSync("Pulumi.yaml", join(projectRoot, "Pulumi.yaml")));

const names = ["cluster1", "cluster2"];

/** A proof in which each client got answers of these clusters, one each. */
function proof(got: readonly string[][], more: Partial<Verification> = {}): Verification {
    const sides = names.map((name) =>
        sideOf(name, name === "cluster1" ? "g s=false a=- r=2" : "g s a=- r=2"),
    );
    return proofOf(
        sides,
        (client) => got[client]!.map((cluster) => ({ kind: "answered", cluster, milliseconds: 1 })),
        more,
    );
}

const right = [names, ["cluster2"]];

test("a proof that agrees is that, with what was changed by hand", () => {
    const differences = [
        { cluster: "cluster1", key: "sharedService", config: "true", live: "false" },
    ];
    expect(askedOf(proof(right, { differences }))).toEqual({
        verdict: "agrees",
        why: undefined,
        byHand: ["sharedService is true in the config and false live"],
        lacking: [],
    });
});

test("backends that are not ready are told, although requests get what the rule says of the others", () => {
    const { sides } = proof(right);
    const less = sides.map((side, i) => (i === 0 ? side : { ...side, ready: 1 }));
    expect(askedOf(proof(right, { sides: less }))).toMatchObject({
        verdict: "agrees",
        lacking: ["cluster2: 1 of 2 backends are ready"],
    });
});

test("one that disagrees says which client got what it must not, and nothing of the others", () => {
    const { verdict, why } = askedOf(proof([names, ["cluster1", "cluster2"]]));
    expect(verdict).toBe("disagrees");
    expect(why).toMatch(/^cluster2 asks: cluster1 must not answer, but did: .*$/);
});

test("one in which a client could not be asked says why, but not of one that is meant to be away", () => {
    const away = (client: string, isMeant: boolean): UnaskedClient => ({
        client,
        reason: `its API server is away\nat line 2 of ${client}`,
        isMeant,
    });
    const unasked = [away("cluster1", true), away("cluster2", false)];
    expect(askedOf(proof(right, { unasked, agrees: false }))).toEqual({
        verdict: "unasked",
        why: "cluster2 cannot be asked: its API server is away at line 2 of cluster2",
        byHand: [],
        lacking: [],
    });
});

/** Asks a lab that was never made, on a machine whose engine answers so. */
function askOn(engine: Answer): Promise<Asked> {
    return askingLabs(fakeRunner({ "docker info": engine }).run)("class-ada");
}

test("a lab without kubeconfigs cannot be asked, and none is written by whoever looks", async () => {
    expect(await askOn({ stdout: "{}" })).toMatchObject({
        verdict: "unasked",
        why: expect.stringContaining(
            "its kubeconfig is lost; npm run up writes it again",
        ) as string,
    });
    expect(existsSync(join(projectRoot, ".lab"))).toBe(false);
});

test("a lab whose engine does not run is told the engine's reason, with its way out", async () => {
    const stderr = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.";
    expect(await askOn({ code: 1, stderr })).toMatchObject({
        verdict: "unasked",
        why: expect.stringMatching(
            /^docker is installed but its engine is not running.* Fix: /,
        ) as string,
    });
});
