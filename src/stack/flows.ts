import { ProblemsError } from "../config/problem";
import { wantedOutages } from "../lab/outage";
import { awakeTime } from "../machine/awake";
import { isHubbleOn, isHubbleOverruled } from "../mesh/cilium/hubble";
import { Flows, flows } from "../proof/flows/flows";
import { FlowSource } from "../proof/flows/read";
import { LabStack } from "./home";
import { Reach, askedClusters } from "./prove";

/** Which flows to show. */
export interface FlowOptions {
    /** Requests that each asking pod sends first; 0 is none. */
    readonly requests: number;
    /** How far back to look, in seconds; by default to the first of these requests. */
    readonly sinceSeconds?: number;
}

/**
 * What the data paths of a stack's live clusters did with requests.
 *
 * @throws ProblemsError if the stack's agents are not to have a Hubble.
 * @throws CannotAskError if none of them tells, or no requests could be sent.
 */
export async function flowsOfStack(stack: LabStack, options: FlowOptions): Promise<Flows> {
    requireHubble(stack);
    const { name, config } = stack;
    return flows({
        stack: name,
        config,
        apis: await askedClusters(stack),
        outages: wantedOutages(config),
        time: awakeTime(),
        ...options,
    });
}

/**
 * The clusters of a stack whose agents can be asked.
 *
 * @param reach How they are found and connected to; who asks again and again hands in what keeps connections.
 */
export async function flowSources(stack: LabStack, reach?: Reach): Promise<FlowSource[]> {
    const asked = await askedClusters(stack, reach);
    return asked.flatMap(({ cluster, api }) => (api instanceof Error ? [] : [{ cluster, api }]));
}

/** @throws ProblemsError where the config says that there is no Hubble. */
function requireHubble({ name, config: { cilium } }: LabStack): void {
    if (isHubbleOn(cilium)) {
        return;
    }
    throw new ProblemsError([
        isHubbleOverruled(cilium)
            ? {
                  message: `ciliumValues sets hubble.enabled, so that the agents of stack ${name} record no flows although hubble is true.`,
                  fix: "pulumi config rm --path ciliumValues.hubble.enabled, then npm run up",
              }
            : {
                  message: `hubble is false, so that the agents of stack ${name} record no flows.`,
                  fix: "pulumi config set hubble true, then npm run up",
              },
    ]);
}
