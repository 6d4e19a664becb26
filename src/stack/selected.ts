import { createHash } from "node:crypto";
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../config/declaration";
import { pulumiHome } from "../machine/names";
import { backendAddress } from "./environment";

/** What Pulumi keeps of a project's folder: the selected stack of each backend, or, before 3.200, the selected one. */
interface Workspace {
    readonly stack?: string;
    readonly stacks?: Readonly<Record<string, string>>;
}

/**
 * The stack that Pulumi has selected in this checkout, by `npm run up` or `pulumi stack select`; undefined if there is
 * none. It is read where Pulumi keeps it (sdk/go/common/workspace/workspace.go): to ask Pulumi takes a second.
 */
export function selectedStack(env: NodeJS.ProcessEnv = process.env): string | undefined {
    const folder = join(pulumiHome(env), "workspaces");
    const digest = createHash("sha1")
        .update(join(folderOfPulumi(env), "Pulumi.yaml"))
        .digest("hex");
    try {
        const file = readdirSync(folder).find((name) => name.endsWith(`-${digest}-workspace.json`));
        const { stack, stacks } = JSON.parse(
            readFileSync(join(folder, file!), "utf8"),
        ) as Workspace;
        const backend = backendAddress(env);
        // Pulumi drops the slash at the end of an address of its cloud, and of no other.
        const key = /^https?:/i.test(backend) ? backend.replace(/\/$/, "") : backend;
        return (stacks?.[key] ?? stack)?.split("/").pop();
    } catch {
        return undefined;
    }
}

/** The project's folder as Go's `os.Getwd` names it: by PWD where that leads there, links and all. */
function folderOfPulumi({ PWD = "" }: NodeJS.ProcessEnv): string {
    try {
        return realpathSync(PWD) === realpathSync(projectRoot) ? PWD : projectRoot;
    } catch {
        return projectRoot;
    }
}
