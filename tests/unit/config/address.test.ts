import { parseAddress } from "../../../src/config/address";

test.each([
    ["mesh.example.com", { host: "mesh.example.com", port: undefined }],
    ["mesh.example.com:443", { host: "mesh.example.com", port: 443 }],
    ["10.0.0.5:32379", { host: "10.0.0.5", port: 32379 }],
    ["mesh-dev-cluster1-control-plane", { host: "mesh-dev-cluster1-control-plane" }],
])("%s is a host, with its port where one is given", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
});

test.each(["", "a:0", "a:65536", "a b", "https://a", "10.0.0.256", "10.0.0", "fd00::1", "-a"])(
    "%j is no address",
    (text) => {
        expect(parseAddress(text)).toBeUndefined();
    },
);
