import { join } from "node:path";
import { LabConfig } from "../src/config/labConfig";
import {
    HandGuide,
    HandPlace,
    HandStep,
    commonFiles,
    copyAuthority,
    forEachOf,
    handChart,
    handContext,
    kindSteps,
    kubectl,
    labSteps,
    valuesFile,
} from "./byHand";

/**
 * The alternative of Cilium's guide, which was all of it before 1.20.1: the `cilium` CLI installs, enables and connects.
 * Where the guide runs `cilium clustermesh enable`, this sets the same values by `cilium upgrade`: `enable` has
 * certificates made by a job, which takes longer and an image that ours does not need.
 *
 * @see https://docs.cilium.io/en/stable/network/clustermesh/setup/#alternative-configure-with-the-cilium-cli
 */
export const cliGuide: HandGuide = {
    programs: [{ program: "cilium", args: ["version", "--client"] }, kubectl],
    files: (_, config) => commonFiles(config),
    steps: (place, config) => {
        const each = forEachOf(config);
        const context = (index: number) => ["--context", handContext(place, index)];
        return [
            ...kindSteps(place, config),
            ...each("cilium install", "cilium", (index) => [
                ...["install", ...context(index), ...chartArgs(config, index)],
                ...["--values", join(place.folder, valuesFile(index))],
            ]),
            ...each("cilium status --wait", "cilium", (index) => [
                ...["status", ...context(index), "--wait"],
            ]),
            ...meshSteps(place, config),
            ...labSteps(place, config),
        ];
    },
};

/** From two clusters with Cilium to one mesh. */
function meshSteps(place: HandPlace, config: LabConfig): HandStep[] {
    const each = forEachOf(config);
    const context = (index: number) => ["--context", handContext(place, index)];
    const [first, ...others] = each("cilium clustermesh enable", "cilium", (index) => [
        ...["upgrade", ...context(index), ...chartArgs(config, index), ...enableArgs],
    ]);
    const status = (name: string) =>
        each(name, "cilium", (index) => ["clustermesh", "status", ...context(index), "--wait"]);
    const peer = ["--destination-context", handContext(place, 1)];
    return [
        first!,
        copyAuthority(place),
        ...others,
        ...status("cilium clustermesh status --wait"),
        {
            name: "cilium clustermesh connect",
            program: "cilium",
            args: ["clustermesh", "connect", ...context(0), ...peer],
        },
        ...status("connected: cilium clustermesh status --wait"),
    ];
}

/** What `cilium clustermesh enable --service-type NodePort` sets, but certificates made by Helm. */
const enableArgs = [
    "--reuse-values",
    ...[
        "clustermesh.useAPIServer=true",
        "clustermesh.apiserver.service.type=NodePort",
        "clustermesh.apiserver.tls.auto.enabled=true",
        "clustermesh.apiserver.tls.auto.method=helm",
    ].flatMap((value) => ["--set", value]),
];

/** How the `cilium` CLI is told about the chart. */
function chartArgs(config: LabConfig, index: number): string[] {
    const { chart, version, repository = chart } = handChart(config, index);
    return version === undefined
        ? ["--chart-directory", chart]
        : ["--version", version, "--repository", repository];
}
