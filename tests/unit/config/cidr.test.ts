import * as fc from "fast-check";
import { isNetwork, overlappingPairs, overlaps, prefixLength } from "../../../src/config/cidr";

interface Range {
    readonly cidr: string;
    readonly first: number;
    readonly last: number;
}

/** The network of a prefix length that an address is in, with its first and last address as numbers. */
function rangeOf(address: number, prefix: number): Range {
    const size = 2 ** (32 - prefix);
    const first = Math.floor(address / size) * size;
    const bytes = [2 ** 24, 2 ** 16, 2 ** 8, 1].map((unit) => Math.floor(first / unit) % 256);
    return { cidr: `${bytes.join(".")}/${prefix}`, first, last: first + size - 1 };
}

// Few leading bits, so that ranges meet often.
const anyRange = fc
    .tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 1, max: 32 }))
    .map(([address, prefix]) => rangeOf(address % 2 ** 26, prefix));

/** The same, where every prefix length begins with an address that pods may have: 128.0.0.0 and up. */
const anyUsableRange = anyRange.map(({ cidr, first }) =>
    rangeOf(2 ** 31 + first, prefixLength(cidr)),
);

test("a network without host bits is one; its prefix length is the number behind the slash", () => {
    fc.assert(
        fc.property(anyUsableRange, ({ cidr }) => {
            expect(isNetwork(cidr)).toBe(true);
            expect(prefixLength(cidr)).toBe(Number(cidr.split("/")[1]));
        }),
    );
});

test("an address with a host bit is no network", () => {
    fc.assert(
        fc.property(anyUsableRange, fc.nat({ max: 31 }), ({ cidr }, bit) => {
            const prefix = prefixLength(cidr);
            fc.pre(bit < 32 - prefix);
            const bytes = cidr.split("/")[0]!.split(".").map(Number);
            const index = 3 - Math.floor(bit / 8);
            bytes[index]! += 2 ** (bit % 8);
            expect(isNetwork(`${bytes.join(".")}/${prefix}`)).toBe(false);
        }),
    );
});

test.each(["", "10.0.0.0", "10.0.0.0/", "10.0.0/8", "10.0.0.0/33", "0.0.0.0/0", "::/8", "a/8"])(
    "%j is no network",
    (text) => {
        expect(isNetwork(text)).toBe(false);
    },
);

test.each(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "11.0.0.0/8"])(
    "%s is a network of addresses that pods may have",
    (cidr) => {
        expect(isNetwork(cidr)).toBe(true);
    },
);

test.each([
    ["this host", "0.0.0.0/8"],
    ["the loopback", "127.0.0.0/8"],
    ["a part of the loopback", "127.16.0.0/16"],
    ["the link's own", "169.254.0.0/16"],
    ["multicast", "224.0.0.0/8"],
    ["multicast", "239.1.0.0/16"],
    ["reserved", "240.0.0.0/8"],
    ["documentation", "203.0.113.0/24"],
    ["the broadcast", "255.255.255.255/32"],
])("%s, %s, is no network that pods may have", (_, cidr) => {
    expect(isNetwork(cidr)).toBe(false);
});

test.each(["10.0.0.0/08", "10.0.0.0/016", "10.0.0.0/00", "10.0.0.0/+8", "10.0.0.0/8 "])(
    "%j has a prefix length that is no plain number",
    (text) => {
        expect(isNetwork(text)).toBe(false);
    },
);

test("any text is either a network or not", () => {
    fc.assert(
        fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.ipV6(), fc.ipV4()), (text) => {
            expect(typeof isNetwork(text)).toBe("boolean");
            expect(typeof isNetwork(`${text}/8`)).toBe("boolean");
        }),
    );
});

test("two networks overlap if, and only if, they share an address", () => {
    fc.assert(
        fc.property(anyRange, anyRange, (a, b) => {
            const share = a.first <= b.last && b.first <= a.last;
            expect(overlaps(a.cidr, b.cidr)).toBe(share);
            expect(overlaps(b.cidr, a.cidr)).toBe(share);
        }),
    );
});

test("overlapping pairs are among ours once, and of ours with theirs", () => {
    const range = (owner: string, cidr: string) => ({ owner, cidr });
    const a = range("a", "10.0.0.0/8");
    const b = range("b", "10.1.0.0/16");
    const c = range("c", "172.16.0.0/16");
    const d = range("d", "172.16.0.0/12");
    expect(overlappingPairs([a, b, c])).toStrictEqual([[a, b]]);
    expect(overlappingPairs([a, c], [b, d])).toStrictEqual([
        [a, b],
        [c, d],
    ]);
    // What is not ours is not ours to judge.
    expect(overlappingPairs([], [a, b])).toStrictEqual([]);
});
