// What other Pulumi programs, in any language, get from this repository: docs/reuse.md.
export { Cluster } from "./cluster";

export type { ClusterArgs } from "./cluster";
export { Mesh } from "./mesh";

export type { CiliumImages, MemberArgs, MeshArgs } from "./mesh";
