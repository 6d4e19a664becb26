import { namespaceManifests, namespaceSide } from "../../../src/lab/globalNamespace";
import { whoAnswers } from "../../../src/lab/whoAnswers";
import { answeringByClient, reasonsText } from "../../../src/lab/wording";
import { ciliumWith, configWith } from "../../support/defaultConfig";
import { sideOf } from "../../support/sides";

const annotation = "clustermesh.cilium.io/global";
const localByDefault = JSON.stringify({ clustermesh: { defaultGlobalNamespace: false } });

function annotationFor(given: Record<string, string>): string | undefined {
    const [cluster1] = configWith(given).clusters;
    return namespaceManifests(cluster1!, ciliumWith(given))[0]?.metadata.annotations?.[annotation];
}

test("the namespace is annotated only where it shall be other than by default", () => {
    expect(annotationFor({})).toBeUndefined();
    expect(annotationFor({ globalNamespace: "false" })).toBe("false");
    expect(annotationFor({ ciliumValues: localByDefault })).toBe("true");
    expect(
        annotationFor({ ciliumValues: localByDefault, globalNamespace: "false" }),
    ).toBeUndefined();
    expect(
        annotationFor({ ciliumValues: localByDefault, ciliumVersion: "1.19.8" }),
    ).toBeUndefined();
});

test.each<[string | undefined, string, boolean]>([
    [undefined, "{}", false],
    [undefined, localByDefault, true],
    ["true", localByDefault, false],
    ["True", localByDefault, false],
    ["false", "{}", true],
    ["yes", "{}", true],
    ["", "{}", true],
])("a namespace annotated %j with the values %s is local: %s", (text, values, isLocal) => {
    const annotations = text === undefined ? undefined : { [annotation]: text };
    const cilium = ciliumWith({ ciliumValues: values });
    const side = namespaceSide({ metadata: { annotations } }, cilium);
    expect(side).toEqual(isLocal ? { isNamespaceLocal: true } : {});
});

test("a Cilium before 1.20 does not look at the annotation", () => {
    const cilium = ciliumWith({ ciliumVersion: "1.19.8" });
    expect(namespaceSide({ metadata: { annotations: { [annotation]: "false" } } }, cilium)).toEqual(
        {},
    );
});

// By the code of 1.20.2: the exporter looks at its own namespace, the importer at none.
test.each([
    ["global", "global", ["cluster1", "cluster2"], ["cluster1", "cluster2"]],
    ["local", "global", ["cluster1", "cluster2"], ["cluster2"]],
    ["global", "local", ["cluster1"], ["cluster1", "cluster2"]],
    ["local", "local", ["cluster1"], ["cluster2"]],
])("namespaces %s and %s: asked from cluster1 %j, from cluster2 %j", (n1, n2, from1, from2) => {
    const sides = [
        sideOf("cluster1", `g s a=- r=2 n=${n1}`),
        sideOf("cluster2", `g s a=- r=2 n=${n2}`),
    ];
    const answers = whoAnswers(sides);
    expect(answeringByClient(answers)).toEqual({ cluster1: from1, cluster2: from2 });
});

test("the rule names the key of a namespace that is not global", () => {
    const sides = [sideOf("cluster1", "g s a=- r=2"), sideOf("cluster2", "g s a=- r=2 n=local")];
    expect(reasonsText(whoAnswers(sides)[0]!)).toEqual([
        "cluster2's namespace is not global, so that its backends are not exported: cluster2GlobalNamespace is false",
    ]);
});
