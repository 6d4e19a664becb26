import { sumOf } from "../../../bench/consumers";
import { parseNodeMemory } from "../../../bench/nodeMemory";

const processes = `process kube-apiserver --advertise-address=172.18.0.4 --kubelet-client-key=/etc/kubernetes/pki/a.key
Pss_Anon:         204800 kB
Pss_Shmem:             0 kB
process etcd --data-dir=/var/lib/etcd --name=node
Pss_Anon:          40960 kB
Pss_Shmem:             0 kB
process /usr/bin/etcd --data-dir=/var/run/etcd
Pss_Anon:          10240 kB
process /usr/bin/clustermesh-apiserver kvstoremesh --cluster-id=1
Pss_Anon:          10240 kB
process /usr/bin/clustermesh-apiserver clustermesh --cluster-id=1
Pss_Anon:          20480 kB
process cilium-agent --config-dir=/tmp/cilium/config-map
Pss_Anon:          81920 kB
Pss_Shmem:          1024 kB
process /usr/bin/containerd-shim-runc-v2 -namespace k8s.io
Pss_Anon:           3072 kB
process /usr/bin/containerd-shim-runc-v2 -namespace k8s.io
Pss_Anon:           2048 kB
process /sbin/init
Pss_Anon:           4096 kB
process 
`;

const parts = {
    "kube-apiserver": 200,
    etcd: 40,
    "etcd of the mesh": 10,
    kvstoremesh: 10,
    "clustermesh-apiserver": 20,
    "Cilium agent": 81,
    "containerd shims": 5,
    other: 4,
};

const mib = 2 ** 20;

test.each([
    ["1", `usage ${600 * mib}\ntotal_cache ${150 * mib}\ntotal_shmem ${50 * mib}\n`],
    ["2", `usage ${600 * mib}\nfile ${150 * mib}\nshmem ${50 * mib}\n`],
])(
    "cgroup %s: all but files' page cache counts, and what no process owns is the kernel's",
    (_, head) => {
        expect(parseNodeMemory(head + processes)).toEqual({
            total: 500,
            parts: { ...parts, "kernel (BPF maps, tmpfs, sockets)": 130 },
        });
    },
);

test("a node that does not tell its memory is an error", () => {
    expect(() => parseNodeMemory(processes)).toThrow("does not say how much memory");
    expect(() => parseNodeMemory("")).toThrow("does not say how much memory");
});

test("nodes add up, consumer by consumer", () => {
    const one = { total: 3, parts: { etcd: 1, kubelet: 2 } };
    const two = { total: 5, parts: { etcd: 4, other: 1 } };
    expect(sumOf([one, two])).toEqual({ total: 8, parts: { etcd: 5, kubelet: 2, other: 1 } });
});
