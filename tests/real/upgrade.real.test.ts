import { RealLab, whyNotReal } from "../support/realLab";
import { expectServed, underLoad, upWithHome } from "../support/upgradeLoad";

const reason = whyNotReal();
const onRealClusters = reason === undefined ? describe : describe.skip;

/** A stack file with the keys of another Cilium; without one, a value is changed that makes every pod anew. */
const upgrade = process.env.LAB_TEST_UPGRADE;

onRealClusters(`Cilium anew under load${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;

    beforeAll(() => {
        lab = new RealLab();
        upWithHome(lab);
    });

    afterAll(() => lab.remove());

    /** A certificate of a cluster's mesh, as its Secret has it. */
    function certificate(cluster: "cluster1" | "cluster2", secret: string, key: string): string {
        const path = `jsonpath={.data.${key.replace(".", "\\.")}}`;
        return lab.kubectl(cluster, "-n", "kube-system", "get", "secret", secret, "-o", path)
            .stdout;
    }

    test("an upgrade replaces every Cilium pod of both clusters and loses next to no request", async () => {
        if (upgrade) {
            lab.setAll(upgrade);
        } else {
            for (const owner of ["", ".operator", ".clustermesh.apiserver"]) {
                lab.setPath(`ciliumValues${owner}.podAnnotations.made`, "anew");
            }
        }
        const work = () => lab.start("up").ended;
        expectServed(await underLoad(lab, { title: "upgrade of Cilium", replaced: /./, work }));
    });

    test("certificates are renewed with their CA, in a mesh that goes on", async () => {
        const names = [
            ["cilium-ca", "ca.crt"],
            ["clustermesh-apiserver-server-cert", "tls.crt"],
            ["clustermesh-apiserver-remote-cert", "tls.crt"],
        ] as const;
        const all = () => names.map(([secret, key]) => certificate("cluster1", secret, key));
        const before = all();
        const renewal = {
            title: "renewal of all certificates",
            // The operator reads no certificate of the mesh.
            replaced: / (cilium-(?!operator)|clustermesh-)/,
            work: () => lab.start("up", "--renew-certificates").ended,
        };
        expectServed(await underLoad(lab, renewal));
        const after = all();
        expect(after.every((pem, index) => pem !== "" && pem !== before[index])).toBe(true);
        expect(certificate("cluster2", ...names[0])).toBe(after[0]);
    });
});
