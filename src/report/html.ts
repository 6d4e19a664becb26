import { Step } from "../timeline/steps";
import { ReportedStep } from "../verify/result";
import { Markup, markup } from "./markup";
import { stepSection } from "./step";
import { stylesheet } from "./stylesheet";
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
 * One or several proofs as an HTML document that needs nothing but itself: no script, no font, no image,
 * no network. It reads on a phone, in print, in dark and in light.
 *
 * @param steps In the order of the report; more than one get a summary in front.
 */
export function reportHtml(steps: readonly ReportedStep[], options: ReportOptions = {}): string {
    const title = options.title ?? "Who answers the global service";
    const isSeries = steps.length > 1;
    const document = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Markup(stylesheet)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="intro">Real requests from client pods, compared with the rule of who must answer them.</p>
${steps.length === 0 ? markup`<p>Nothing was verified.</p>\n` : undefined}${
        isSeries ? markup`<p class="overall">${overallText(steps)}</p>\n` : undefined
    }</header>
<main>
${isSeries ? summarySection(steps) : undefined}${steps.map((step, index) =>
        stepSection(step, index + 1, steps.length),
    )}${timelineSection(options.timeline ?? [])}</main>
</body>
</html>
`;
    return document.toString();
}
