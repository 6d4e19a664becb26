import { StepName, Step } from "../../src/machine/timeline";

/** When the sample runs begin, milliseconds since the epoch. */
export const began = Date.UTC(2026, 2, 1, 12, 0, 0);

/** A step from one second to another, counted from the run's start. */
export function step(
    name: StepName,
    from: number,
    to: number,
    cluster?: string,
    detail?: string,
): Step {
    return {
        name,
        ...(cluster === undefined ? {} : { cluster }),
        ...(detail === undefined ? {} : { detail }),
        start: began + from * 1000,
        end: began + to * 1000,
    };
}

/** Everything that is done in one cluster, whose kind is so many seconds later than the first's. */
function clusterSteps(cluster: string, late: number): Step[] {
    const at = (name: StepName, from: number, to: number, detail?: string) =>
        step(name, from + late, to + late, cluster, detail);
    return [
        at("kind", 7 - late, 8, "Preparing nodes"),
        at("kind", 8, 26, "Starting control-plane"),
        at("kind", 26, 27, "Installing StorageClass"),
        at("kubeconfig", 27, 27.5),
        at("objects", 28, 29),
        at("helm", 28, 32),
        at("operator", 31, 34),
        at("agent", 31, 42),
        at("xWing", 42, 46),
        at("rebelBase", 42, 47),
        at("coredns", 42, 49),
        at("apiserver", 42, 52),
    ];
}

/** A run that makes both clusters, in 60 s; cluster2 is 2 s later. */
export const firstRun: readonly Step[] = [
    step("command", 0, 1),
    step("tools", 1, 1.5),
    step("stack", 1.5, 2),
    step("program", 3, 4.5),
    step("preflight", 4.5, 5),
    ...clusterSteps("cluster1", 0),
    ...clusterSteps("cluster2", 2),
    step("peers", 54.5, 57, "cluster1"),
    step("peers", 54.5, 58, "cluster2"),
    step("proof", 59, 60),
];

/** A run that only flips a setting, in 9 s. */
export const flip: readonly Step[] = [
    step("command", 0, 1),
    step("tools", 1, 1.5),
    step("stack", 1.5, 2),
    step("program", 3, 4.5),
    step("preflight", 4.5, 5),
    ...["cluster1", "cluster2"].flatMap((cluster) => [
        step("helm", 6, 6.5, cluster),
        step("objects", 6, 7.5, cluster),
    ]),
    step("proof", 8, 9),
];
