import { Manifest } from "../../lab/manifests";

type Fields = Readonly<Record<string, unknown>>;

/**
 * A manifest with what the API server adds to it where it says nothing, so that what somebody has set is told from
 * what nobody has. Only the kinds and the parts that the lab uses.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/
 */
export function withDefaults(manifest: Manifest): Fields {
    switch (manifest.kind) {
        case "Deployment":
            return { ...manifest, spec: deploymentSpec(fields(manifest.spec)) };
        case "Service":
            return { ...manifest, spec: serviceSpec(fields(manifest.spec)) };
        default:
            return manifest;
    }
}

function deploymentSpec(spec: Fields): Fields {
    const template = fields(spec.template);
    return {
        progressDeadlineSeconds: 600,
        revisionHistoryLimit: 10,
        strategy: {
            type: "RollingUpdate",
            rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" },
        },
        ...spec,
        template: { ...template, spec: podSpec(fields(template.spec)) },
    };
}

function podSpec(spec: Fields): Fields {
    return {
        dnsPolicy: "ClusterFirst",
        restartPolicy: "Always",
        schedulerName: "default-scheduler",
        securityContext: {},
        terminationGracePeriodSeconds: 30,
        ...spec,
        containers: list(spec.containers).map(container),
        ...(spec.volumes === undefined ? {} : { volumes: list(spec.volumes).map(volume) }),
    };
}

function container(one: Fields): Fields {
    const image = typeof one.image === "string" ? one.image : "";
    const isLatest = /^[^@]*:latest$|^[^:@]*(:\d+\/[^:@]*)?$/.test(image);
    return {
        imagePullPolicy: isLatest ? "Always" : "IfNotPresent",
        resources: {},
        terminationMessagePath: "/dev/termination-log",
        terminationMessagePolicy: "File",
        ...one,
        ...(one.ports === undefined
            ? {}
            : { ports: list(one.ports).map((port) => ({ protocol: "TCP", ...port })) }),
        ...probes(one),
    };
}

function probes(one: Fields): Fields {
    const names = ["startupProbe", "readinessProbe", "livenessProbe"] as const;
    const given = names.filter((name) => one[name] !== undefined);
    return Object.fromEntries(given.map((name) => [name, probe(fields(one[name]))]));
}

function probe(one: Fields): Fields {
    return {
        failureThreshold: 3,
        periodSeconds: 10,
        successThreshold: 1,
        timeoutSeconds: 1,
        ...one,
        ...(one.httpGet === undefined
            ? {}
            : { httpGet: { scheme: "HTTP", ...fields(one.httpGet) } }),
    };
}

function volume(one: Fields): Fields {
    return one.configMap === undefined
        ? one
        : { ...one, configMap: { defaultMode: 0o644, ...fields(one.configMap) } };
}

function serviceSpec(spec: Fields): Fields {
    return {
        internalTrafficPolicy: "Cluster",
        sessionAffinity: "None",
        type: "ClusterIP",
        ...spec,
        ports: list(spec.ports).map((port) => ({
            protocol: "TCP",
            targetPort: port.port,
            ...port,
        })),
    };
}

function fields(value: unknown): Fields {
    return (value ?? {}) as Fields;
}

function list(value: unknown): readonly Fields[] {
    return (value ?? []) as readonly Fields[];
}
