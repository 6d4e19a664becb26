import { Reach } from "../../../../src/commands/experiment/lab";
import { ProblemsError } from "../../../../src/config/problem";
import { teardownProblem } from "../../../../src/mesh/existing/ownership";
import { LabStack } from "../../../../src/stack/home";
import { configWith } from "../../../support/defaultConfig";

jest.mock("../../../../src/mesh/existing/ownership");
jest.mock("../../../../src/mesh/kube/clusterApi", () => ({ connect: () => ({}) }));
jest.mock("../../../../src/mesh/kube/session", () => ({ sessionsOf: () => () => undefined }));
jest.mock("../../../../src/stack/connections", () => ({
    kubeconfigOf: () => Promise.resolve("a kubeconfig"),
}));

const values = {
    clusterProvider: "existing",
    kubeconfigContext: "a",
    cluster2KubeconfigContext: "b",
};

function reach(own: Record<string, string>) {
    const config = configWith(own);
    const home = { name: "dev", config, reread: () => home } as unknown as LabStack;
    const found = new Reach(home);
    return { found, renewed: found.renew(config) };
}

test("an existing cluster that is another one now is not reached, so that nothing in it is changed", async () => {
    const problem = { message: "cluster2 is another cluster now." };
    jest.mocked(teardownProblem).mockImplementation((_, cluster) =>
        Promise.resolve(cluster === "cluster2" ? [problem] : []),
    );
    const { found, renewed } = reach(values);
    await expect(renewed).rejects.toThrow(new ProblemsError([problem]));
    expect(found.of(["cluster1", "cluster2"])).toEqual([]);
});

test("those that are the stack's own are reached, and kind's are not asked whose they are", async () => {
    jest.mocked(teardownProblem).mockResolvedValue([]);
    const { found, renewed } = reach(values);
    await renewed;
    expect(found.of(["cluster1", "cluster2"])).toHaveLength(2);
    jest.mocked(teardownProblem).mockClear();
    await reach({}).renewed;
    expect(teardownProblem).not.toHaveBeenCalled();
});
