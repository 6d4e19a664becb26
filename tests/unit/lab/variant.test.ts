import * as fc from "fast-check";
import { ServiceSettings } from "../../../src/config/labConfig";
import { currentAnnotations, legacyAnnotations } from "../../../src/lab/annotations";
import { Manifest, readManifests } from "../../../src/lab/manifests";
import { Variant, applyVariant, serviceAnnotations, variantOf } from "../../../src/lab/variant";
import { configWith } from "../../support/defaultConfig";

const files = [...readManifests("cluster1")];
const config = configWith();
const defaults = variantOf(config, config.clusters[0]!);

/** The files' objects in the variant that differs from the default by so much. */
function changed(change: Partial<Variant>, manifests: readonly Manifest[] = files): Manifest[] {
    return applyVariant(manifests, { ...defaults, ...change });
}

/** The files' objects with another Service. */
function withAnnotations(annotations: Record<string, string> | undefined): Manifest[] {
    return files.map((manifest) =>
        manifest.kind === "Service"
            ? { ...manifest, metadata: { ...manifest.metadata, annotations } }
            : manifest,
    );
}

function annotationsOf(manifests: readonly Manifest[]) {
    return manifests.find(({ kind }) => kind === "Service")!.metadata.annotations;
}

interface Pods {
    replicas: number;
    template: { spec: { containers: { name: string; image: string }[] } };
}

/** A copy of the files' objects, changed. */
function edited(edit: (objects: { rebelBase: Pods; xWing: Pods }) => void): Manifest[] {
    const copy = structuredClone(files);
    edit({ rebelBase: copy[1]!.spec as Pods, xWing: copy[3]!.spec as Pods });
    return copy;
}

test.each(config.clusters)(
    "the default config leaves the objects of $name as they are",
    (cluster) => {
        const objects = readManifests(cluster.name);
        expect(applyVariant(objects, variantOf(config, cluster))).toStrictEqual(objects);
    },
);

test("a cluster's variant has its own settings and those of all", () => {
    const varied = configWith({
        serviceAffinity: "local",
        cluster2SharedService: "false",
        cluster2RebelBaseReplicas: "0",
        legacyAnnotations: "true",
        xWingReplicas: "1",
        rebelBaseImage: "a:1",
        xWingImage: "b:1",
    });
    expect(variantOf(varied, varied.clusters[1]!)).toMatchObject({
        globalService: true,
        sharedService: false,
        serviceAffinity: "none",
        rebelBaseReplicas: 0,
        legacyAnnotations: true,
        xWingReplicas: 1,
        rebelBaseImage: "a:1",
        xWingImage: "b:1",
    });
});

const global = "service.cilium.io/global";
const shared = "service.cilium.io/shared";
const affinity = "service.cilium.io/affinity";

test.each<[Partial<Variant>, Record<string, string>]>([
    [{ globalService: false }, { [global]: "false", [shared]: "true" }],
    [{ sharedService: false }, { [global]: "true", [shared]: "false" }],
    [{ serviceAffinity: "none" }, { [global]: "true", [shared]: "true" }],
    [{ serviceAffinity: "local" }, { [global]: "true", [shared]: "true", [affinity]: "local" }],
    [{ serviceAffinity: "remote" }, { [global]: "true", [shared]: "true", [affinity]: "remote" }],
    [
        { legacyAnnotations: true },
        { "io.cilium/global-service": "true", "io.cilium/shared-service": "true" },
    ],
    [
        { legacyAnnotations: true, sharedService: false, serviceAffinity: "remote" },
        {
            "io.cilium/global-service": "true",
            "io.cilium/shared-service": "false",
            "io.cilium/service-affinity": "remote",
        },
    ],
])("%j changes the Service's annotations alone", (change, annotations) => {
    expect(changed(change)).toStrictEqual(withAnnotations(annotations));
});

test("affinity none takes away an affinity annotation that is there", () => {
    const manifests = withAnnotations({
        [affinity]: "none",
        "io.cilium/service-affinity": "local",
    });
    expect(changed({}, manifests)).toStrictEqual(files);
});

test("foreign annotations are kept; the lab's own under the other names go", () => {
    const foreign = {
        "example.com/owner": "me",
        "service.cilium.io/global-sync-endpoint-slices": "x",
    };
    const manifests = withAnnotations({
        ...foreign,
        "io.cilium/global-service": "false",
        "io.cilium/shared-service": "false",
    });
    expect(annotationsOf(changed({}, manifests))).toStrictEqual({
        ...foreign,
        [global]: "true",
        [shared]: "true",
    });
});

test("a Service without annotations gets the lab's", () => {
    expect(changed({}, withAnnotations(undefined))).toStrictEqual(files);
});

test.each([0, 1, 20])("%i replicas of rebel-base are %i, and change nothing else", (replicas) => {
    expect(changed({ rebelBaseReplicas: replicas })).toStrictEqual(
        edited(({ rebelBase }) => {
            rebelBase.replicas = replicas;
        }),
    );
});

test("the number of x-wing pods changes that Deployment alone", () => {
    expect(changed({ xWingReplicas: 7 })).toStrictEqual(
        edited(({ xWing }) => {
            xWing.replicas = 7;
        }),
    );
});

test("an image replaces that of its Deployment's container and of no other", () => {
    expect(changed({ rebelBaseImage: "nginx:1" })).toStrictEqual(
        edited(({ rebelBase }) => {
            rebelBase.template.spec.containers[0]!.image = "nginx:1";
        }),
    );
    expect(changed({ xWingImage: "curl:1" })).toStrictEqual(
        edited(({ xWing }) => {
            xWing.template.spec.containers[0]!.image = "curl:1";
        }),
    );
});

test("an image replaces those of all containers; without one each keeps its own", () => {
    const manifests = edited(({ rebelBase }) => {
        rebelBase.template.spec.containers.push({ name: "second", image: "second:1" });
    });
    const imagesIn = (objects: Manifest[]) =>
        (objects[1]!.spec as Pods).template.spec.containers.map(({ image }) => image);
    expect(imagesIn(changed({ rebelBaseImage: "nginx:1" }, manifests))).toStrictEqual([
        "nginx:1",
        "nginx:1",
    ]);
    expect(changed({}, manifests)).toStrictEqual(manifests);
});

test("objects of other kinds and names are handed on as they are", () => {
    const others: Manifest[] = [
        { apiVersion: "v1", kind: "Service", metadata: { name: "x-wing" } },
        { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "other" }, spec: {} },
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "rebel-base" } },
    ];
    expect(changed({ rebelBaseReplicas: 0, globalService: false }, others)).toStrictEqual(others);
});

const anySettings: fc.Arbitrary<ServiceSettings> = fc.record({
    globalService: fc.boolean(),
    sharedService: fc.boolean(),
    serviceAffinity: fc.constantFrom("none", "local", "remote"),
    rebelBaseReplicas: fc.integer({ min: 0, max: 20 }),
    globalNamespace: fc.boolean(),
});
const anyVariant: fc.Arbitrary<Variant> = fc
    .tuple(anySettings, fc.boolean(), fc.integer({ min: 1, max: 10 }), fc.constantFrom("", "a:1"))
    .map(([settings, legacy, xWingReplicas, image]) => ({
        ...defaults,
        ...settings,
        legacyAnnotations: legacy,
        xWingReplicas,
        rebelBaseImage: image,
        xWingImage: image,
    }));

test("applying a variant changes nothing given, and once more changes nothing", () => {
    fc.assert(
        fc.property(anyVariant, (variant) => {
            const before = structuredClone(files);
            const once = applyVariant(files, variant);
            expect(files).toStrictEqual(before);
            expect(applyVariant(once, variant)).toStrictEqual(once);
        }),
    );
});

test("the last variant counts, whatever was applied before it", () => {
    fc.assert(
        fc.property(anyVariant, anyVariant, (first, last) => {
            const images = { rebelBaseImage: "c:1", xWingImage: "d:1" };
            expect(applyVariant(applyVariant(files, first), { ...last, ...images })).toStrictEqual(
                applyVariant(files, { ...last, ...images }),
            );
        }),
    );
});

test("foreign annotations survive every variant", () => {
    const ours = [currentAnnotations, legacyAnnotations].flatMap(
        (keys) => Object.values(keys) as string[],
    );
    fc.assert(
        fc.property(anyVariant, fc.dictionary(fc.string(), fc.string()), (variant, foreign) => {
            fc.pre(Object.keys(foreign).every((key) => !ours.includes(key)));
            const annotations = annotationsOf(changed(variant, withAnnotations({ ...foreign })))!;
            for (const [key, value] of Object.entries(foreign)) {
                expect(Object.entries(annotations)).toContainEqual([key, value]);
            }
        }),
    );
});

test("an annotation is text, and there is one for affinity only if there is an affinity", () => {
    fc.assert(
        fc.property(
            anySettings,
            fc.constantFrom(currentAnnotations, legacyAnnotations),
            (settings, keys) => {
                expect(serviceAnnotations(settings, keys)).toStrictEqual(
                    Object.fromEntries(
                        [
                            [keys.global, settings.globalService ? "true" : "false"],
                            [keys.shared, settings.sharedService ? "true" : "false"],
                            [keys.affinity, settings.serviceAffinity],
                        ].filter(([, value]) => value !== "none"),
                    ),
                );
            },
        ),
    );
});
