import { Step } from "../../machine/timeline";
import { ReportedStep } from "../verify/result";
import { markup } from "./markup";
import { pageHtml } from "./page";
import { stepSection } from "./step";
import { overallText, summarySection } from "./summary";
import { timelineSection } from "./timeline";

/** Settings of {@link reportHtml}. */
export interface ReportOptions {
    /**
     * Heading of the whole report.
     *
     * @default "Who answers the global service"
     */
    readonly title?: string;
    /** The steps of the run that made the clusters, to be shown after the proofs. */
    readonly timeline?: readonly Step[];
}

/**
 * One or several proofs as an HTML document ({@link pageHtml}).
 *
 * @param steps In the order of the report; more than one get a summary in front.
 */
export function reportHtml(steps: readonly ReportedStep[], options: ReportOptions = {}): string {
    const title = options.title ?? "Who answers the global service";
    const isSeries = steps.length > 1;
    return pageHtml(
        title,
        markup`<p class="intro">Real requests from client pods, compared with the rule of who must answer them.</p>
${steps.length === 0 ? markup`<p>Nothing was verified.</p>\n` : undefined}${
            isSeries ? markup`<p class="overall">${overallText(steps)}</p>\n` : undefined
        }`,
        [
            isSeries ? summarySection(steps) : undefined,
            ...steps.map((step, index) => stepSection(step, index + 1, steps.length)),
            timelineSection(options.timeline ?? []),
        ],
    );
}
