import { clustersOf } from "../config/clusters";
import { Project, readProject } from "../config/declaration";
import { ClusterName, LabConfig } from "../config/labConfig";
import { requireLabConfig } from "../config/parseLabConfig";
import { requireNone } from "../config/problem";
import { StackFile, readStackFile } from "../config/stackFile";
import { Change, changed } from "../lab/exercise";

/**
 * A stack of the lab with what its file says: read once, when it is first asked for, checked once, and handed down.
 * So all of a command sees the same settings, whatever is written to the file meanwhile. A command that changes the
 * file goes on with {@link LabStack.with} or {@link LabStack.reread}.
 */
export class LabStack {
    #file: StackFile | undefined;
    #config: LabConfig | undefined;

    /**
     * @param name A checked name, as `requireStackName` returns it.
     * @param project The project's name and the declarations of its keys.
     */
    constructor(
        readonly name: string,
        private readonly project: Project = readProject(),
    ) {}

    /**
     * The project's own values in the stack file, by their keys without the namespace; nothing where there is no file.
     *
     * @throws ProblemsError if the file is no YAML, nothing that Pulumi can read, or has something that would be ignored
     *   or that only Pulumi can read.
     */
    get values(): Readonly<Record<string, string>> {
        const { values, problems } = this.file;
        requireNone(problems);
        return values;
    }

    private get file(): StackFile {
        return (this.#file ??= readStackFile(this.name));
    }

    /**
     * The checked config.
     *
     * @throws ProblemsError with everything that is wrong with it.
     */
    get config(): LabConfig {
        return (this.#config ??= requireLabConfig(this.values, this.project));
    }

    /**
     * The clusters of the stack, whatever else is wrong with its config.
     *
     * @throws ProblemsError if the file is no YAML, or nothing that Pulumi can read.
     */
    get clusters(): readonly ClusterName[] {
        return clustersOf(this.file.values, this.project);
    }

    /** The stack as it is once its file has these changes. */
    with(changes: readonly Change[]): LabStack {
        const stack = new LabStack(this.name, this.project);
        const { problems } = this.file;
        stack.#file = { values: changed(this.values, changes), problems };
        return stack;
    }

    /** The stack as its file has it now. */
    reread(): LabStack {
        return new LabStack(this.name, this.project);
    }
}
