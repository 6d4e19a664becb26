import ipaddr from "ipaddr.js";

/** A named IPv4 range, for messages that have to say whose it is. */
export interface NamedRange {
    /** Who has the range, e.g. the config key `podCidr` or `Docker network "bridge"`. */
    readonly owner: string;
    /** The range in CIDR notation, e.g. `10.1.0.0/16`. */
    readonly cidr: string;
}

/** Whether the text is an IPv4 range in CIDR notation, whoever may use it. */
export function isRange(cidr: string): boolean {
    return ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr);
}

/** Kinds of addresses that pods and Services may have; the others (loopback, multicast, …) never work. */
const usable = ["private", "unicast", "carrierGradeNat"];

/** Whether the text is a usable IPv4 network in CIDR notation with no host bit set, e.g. `10.1.0.0/16`. */
export function isNetwork(cidr: string): boolean {
    if (!isRange(cidr) || !/\/[1-9]\d?$/.test(cidr)) {
        return false;
    }
    const [address] = ipaddr.IPv4.parseCIDR(cidr);
    const network = ipaddr.IPv4.networkAddressFromCIDR(cidr);
    return network.toString() === address.toString() && usable.includes(address.range());
}

/** Length of the prefix, e.g. 16 for `10.1.0.0/16`. */
export function prefixLength(cidr: string): number {
    return ipaddr.IPv4.parseCIDR(cidr)[1];
}

/** Whether two IPv4 networks share an address. Both must be {@link isRange}. */
export function overlaps(a: string, b: string): boolean {
    const [addressA, prefixA] = ipaddr.IPv4.parseCIDR(a);
    const [addressB, prefixB] = ipaddr.IPv4.parseCIDR(b);
    return addressA.match(addressB, Math.min(prefixA, prefixB));
}

/** Every pair of a range of `ours` with a later one of `ours`, or one of `theirs`, that overlap. */
export function overlappingPairs(
    ours: readonly NamedRange[],
    theirs: readonly NamedRange[] = [],
): [NamedRange, NamedRange][] {
    return ours.flatMap((range, index) =>
        [...ours.slice(index + 1), ...theirs]
            .filter((other) => overlaps(range.cidr, other.cidr))
            .map((other): [NamedRange, NamedRange] => [range, other]),
    );
}
