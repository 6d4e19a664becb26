import { SharedCilium } from "../../config/labConfig";

/** Helm values below `hubble`. */
type HubbleValues = Readonly<Record<string, unknown>>;

/** The user's own values of Hubble; none where they are no object. */
function ownValues({ values }: SharedCilium): HubbleValues {
    const { hubble } = values;
    return typeof hubble === "object" && hubble !== null ? (hubble as HubbleValues) : {};
}

/** Whether the agents have a Hubble: the extra Helm values win, as they do in Helm. */
export function isHubbleOn(cilium: SharedCilium): boolean {
    const { enabled = cilium.hubble } = ownValues(cilium);
    return enabled === true;
}

/** Whether it is the extra Helm values that switch off what the key switches on. */
export function isHubbleOverruled(cilium: SharedCilium): boolean {
    return cilium.hubble && !isHubbleOn(cilium);
}

/**
 * The lab's own values of Hubble: it is in every agent, and nobody but who is in the agent's container reaches it (a Unix
 * socket, the `hubble` of the agent's image). Without a port there is nothing to sign certificates for. Who adds a relay
 * or an address to the Helm values gets the chart's own port and certificates instead.
 *
 * @see https://docs.cilium.io/en/stable/observability/hubble/
 */
export function hubbleValues(cilium: SharedCilium): HubbleValues {
    if (!cilium.hubble) {
        return { enabled: false };
    }
    const { relay, listenAddress } = ownValues(cilium) as {
        readonly relay?: { readonly enabled?: unknown } | null;
        readonly listenAddress?: unknown;
    };
    const isServed = relay?.enabled === true || listenAddress !== undefined;
    return {
        enabled: true,
        relay: { enabled: false },
        ui: { enabled: false },
        ...(isServed ? {} : { listenAddress: "", tls: { enabled: false } }),
    };
}
