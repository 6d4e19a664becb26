import * as pulumi from "@pulumi/pulumi";
import type {
    RegisterResourceOutputsRequest,
    RegisterResourceRequest,
} from "@pulumi/pulumi/proto/resource_pb";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

/** Plain data. */
export type Data = Record<string, unknown>;

/** One resource as the program registered it. Other resources are named by their logical names. */
export interface Registration {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    /** False for a component. */
    readonly custom: boolean;
    /** Secrets are in clear here; {@link secretInputs} says which they are. */
    readonly inputs: Data;
    readonly secretInputs: readonly string[];
    /** Undefined where the program leaves the choice to the engine. */
    readonly provider: string | undefined;
    readonly parent: string | undefined;
    /** Named by `dependsOn`, or where an input comes from. */
    readonly dependencies: readonly string[];
    readonly deletedWith: string | undefined;
    readonly replaceWith: readonly string[];
    readonly deleteBeforeReplace: boolean;
    readonly additionalSecretOutputs: readonly string[];
    readonly ignoreChanges: readonly string[];
}

export interface PulumiMocks {
    /** Waits until all that was asked for is registered. Call it before any look at what is there. */
    readonly settle: () => Promise<void>;
    /** Everything that was registered since the last {@link clear}, by name; the order it came in is chance. */
    readonly all: () => readonly Registration[];
    readonly ofType: (type: string) => Registration[];
    /** The one resource of that type and name. @throws Error with what is there, if it is not. */
    readonly find: (type: string, name: string) => Registration;
    /** What a component registered as its outputs; secrets stay marked. */
    readonly outputsOf: (component: Registration) => Data | undefined;
    readonly clear: () => void;
}

/** Outputs of a resource that are not its inputs, by type. */
export type Answers = Readonly<Record<string, (name: string) => Data>>;

/** Outputs that the lab's components build on. */
export const labAnswers: Answers = {
    "command:local:Command": (name) => ({ stdout: `stdout of ${name}`, stderr: "" }),
    "tls:index/privateKey:PrivateKey": () => ({ privateKeyPem: "the key's PEM" }),
    "tls:index/selfSignedCert:SelfSignedCert": () => ({ certPem: "the certificate's PEM" }),
    "kubernetes:helm.sh/v3:Release": () => ({ status: { revision: 1 } }),
};

/**
 * Puts mocks in the place of Pulumi's engine, once for a test file. They record every resource with its
 * options, which Pulumi's own mocks do not show; they refuse every function call.
 */
export function mockPulumi(
    answers: Answers = labAnswers,
    { stack = "test", preview = false }: { stack?: string; preview?: boolean } = {},
): PulumiMocks {
    const registrations: Registration[] = [];
    const outputs = new Map<string, Data>();
    const all = () => registrations.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    void pulumi.runtime.setMocks(
        {
            newResource: ({ type, name, inputs }) => ({
                id: `${name}-id`,
                state: { ...(inputs as Data), ...answers[type]?.(name) },
            }),
            call: ({ token }) => {
                throw new Error(`nobody expected a call of ${token}`);
            },
        },
        "cilium-global-services",
        stack,
        preview,
    );
    watch(registrations, outputs);
    return {
        settle: waitForRpcs,
        all,
        ofType: (type) => all().filter((registration) => registration.type === type),
        find: (type, name) => {
            const found = registrations.filter((one) => one.type === type && one.name === name);
            if (found.length !== 1) {
                const there = all().map((one) => `${one.type} ${one.name}`);
                throw new Error(
                    `${found.length} resources are ${type} ${name}:\n${there.join("\n")}`,
                );
            }
            return found[0]!;
        },
        outputsOf: ({ urn }) => outputs.get(urn),
        clear: () => {
            registrations.length = 0;
            outputs.clear();
        },
    };
}

/** The value of an output, secret or not. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
    return new Promise((resolve) => {
        output.apply((value) => resolve(value));
    });
}

/** What a secret holds. @throws Error if the value is none. */
export function unwrapSecret(value: unknown): unknown {
    if (!pulumi.runtime.isRpcSecret(value)) {
        throw new Error(`this is not secret: ${JSON.stringify(value)}`);
    }
    return pulumi.runtime.unwrapRpcSecret(value) as unknown;
}

/** Records what goes to the monitor on its way there. */
function watch(registrations: Registration[], outputs: Map<string, Data>): void {
    const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor;
    const register = monitor.registerResource.bind(monitor);
    const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
    monitor.registerResource = (request: RegisterResourceRequest, callback) =>
        register(request, (error, response: { getUrn(): string }) => {
            if (!error) {
                registrations.push(registrationOf(response.getUrn(), request));
            }
            callback(error, response);
        });
    monitor.registerResourceOutputs = (request: RegisterResourceOutputsRequest, callback) => {
        outputs.set(request.getUrn(), request.getOutputs()?.toJavaScript() ?? {});
        registerOutputs(request, callback);
    };
}

function registrationOf(urn: string, request: RegisterResourceRequest): Registration {
    const inputs = (request.getObject()?.toJavaScript() ?? {}) as Data;
    return {
        urn,
        type: request.getType(),
        name: request.getName(),
        custom: request.getCustom(),
        inputs: reveal(inputs) as Data,
        secretInputs: Object.keys(inputs).filter((key) => pulumi.runtime.isRpcSecret(inputs[key])),
        provider: nameOf(request.getProvider()),
        parent: nameOf(request.getParent()),
        dependencies: request.getDependenciesList().map(nameInUrn).sort(),
        deletedWith: nameOf(request.getDeletedwith()),
        replaceWith: request.getReplaceWithList().map(nameInUrn),
        deleteBeforeReplace: request.getDeletebeforereplace(),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        ignoreChanges: request.getIgnorechangesList(),
    };
}

function nameOf(urn: string): string | undefined {
    return urn === "" ? undefined : nameInUrn(urn);
}

/** Logical name in a URN, or in a provider reference, which is a URN and an id. */
function nameInUrn(urn: string): string {
    return urn.split("::")[3]!;
}

function reveal(value: unknown): unknown {
    if (pulumi.runtime.isRpcSecret(value)) {
        return reveal(pulumi.runtime.unwrapRpcSecret(value));
    }
    if (Array.isArray(value)) {
        return value.map(reveal);
    }
    return typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]))
        : value;
}

/** The SDK waits with it at the end of a program; its type declarations leave it out. */
function waitForRpcs(): Promise<void> {
    return (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
}
