import {
    PolicyPack,
    PolicyProviderResource,
    ResourceValidationPolicy,
    StackValidationPolicy,
} from "@pulumi/policy";
import { Resource, known } from "./resource";
import {
    Rule,
    clusterIdsUnique,
    helmImagesPinned,
    imagesPinned,
    noDefaultProvider,
    rangesDisjoint,
    requestsSet,
} from "./rules";

interface Given {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly props: Record<string, unknown>;
    readonly provider?: PolicyProviderResource;
}

function plain({ urn, type, name, props, provider }: Given): Resource {
    return {
        urn,
        type,
        name,
        props: known(props) as Resource["props"],
        ...(provider === undefined ? {} : { provider: provider.name }),
    };
}

/** A rule about one resource at a time: an update that breaks it ends before the resource is made. */
function ofEach(name: string, description: string, rule: Rule): ResourceValidationPolicy {
    return {
        name,
        description,
        enforcementLevel: "mandatory",
        validateResource: (args, report) =>
            rule([plain(args)]).forEach(({ message }) => report(message)),
    };
}

/** A rule about resources together, which Pulumi knows at the end only: of a preview, or of an update. */
function ofAll(name: string, description: string, rule: Rule): StackValidationPolicy {
    return {
        name,
        description,
        enforcementLevel: "mandatory",
        validateStack: ({ resources }, report) =>
            rule(resources.map(plain)).forEach(({ message, urn }) => report(message, urn)),
    };
}

new PolicyPack("cilium-global-services", {
    policies: [
        ofEach("images-pinned", "Images are pinned by digest.", imagesPinned),
        ofAll(
            "helm-images-pinned",
            "Images in Helm values are pinned by digest.",
            helmImagesPinned,
        ),
        ofEach("no-default-provider", "No default provider for Kubernetes.", noDefaultProvider),
        ofEach("requests-set", "Every container asks for CPU and memory.", requestsSet),
        ofAll("cluster-ids-unique", "Every cluster has its own cluster.id.", clusterIdsUnique),
        ofAll("ranges-disjoint", "No two ranges of addresses overlap.", rangesDisjoint),
    ],
});
