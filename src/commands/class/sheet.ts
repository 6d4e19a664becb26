import { ClusterConfig } from "../../config/labConfig";
import { exercises } from "../../lab/exercise";
import { settings } from "../../lab/settings";
import { markup } from "../../proof/report/markup";
import { pageHtml } from "../../proof/report/page";
import { table, tableBody } from "../../proof/report/parts";

/** What a student's sheet is made of. */
export interface SheetData {
    readonly name: string;
    readonly stack: string;
    readonly clusters: readonly ClusterConfig[];
    /** Folder of the project, as one word of a shell. */
    readonly project: string;
    /** The kubeconfig file with all contexts, as one word of a shell. */
    readonly kubeconfig: string;
    /** Ports of the API servers on the loopback. */
    readonly ports: readonly number[];
    /** Hours after the last `up` that the lab may be removed; 0 is never. */
    readonly ttlHours: number;
}

/** A student's commands on one page to print. */
export function sheetHtml(data: SheetData): string {
    const { name, stack, kubeconfig, project, ports, ttlHours } = data;
    const forwards = ports.map((port) => `-L ${port}:127.0.0.1:${port}`).join(" ");
    const lifetime =
        ttlHours === 0
            ? undefined
            : markup` It may be removed ${ttlHours} hours after its last <code>npm run up</code>.`;
    return pageHtml(
        name,
        markup`<p class="intro">Your lab is the stack <code>${stack}</code>: two Kubernetes clusters in one Cilium Cluster Mesh, the service
rebel-base and the client x-wing in both.${lifetime}</p>
`,
        [
            commands("Begin", [
                `cd ${project}`,
                `export KUBECONFIG=${kubeconfig}`,
                "kubectl --context cluster1 exec deploy/x-wing -- curl -s rebel-base",
                "kubectl --context cluster2 exec deploy/x-wing -- curl -s rebel-base",
            ]),
            commands("Who answers", [
                `npm run verify -- --stack ${stack}`,
                `npm run verify -- --watch --stack ${stack}`,
                "npm run -s expected -- sharedService=false",
            ]),
            commands("Change it", [
                `npm run pulumi -- config set sharedService false --stack ${stack}`,
                `npm run up -- --stack ${stack}`,
                `npm run up -- --exercise ${exercises[1]} --stack ${stack}`,
                `npm run tour -- --stack ${stack}`,
            ]),
            markup`<p class="note">Exercises: ${exercises.join(", ")}. After any accident, <code>npm run up</code> repairs the lab.</p>
`,
            settingsTable(data),
            commands("From another machine", [`ssh -N ${forwards} USER@HOST`]),
            markup`<p class="note">Leave it running, copy the kubeconfig file there, and name the copy in KUBECONFIG.</p>
`,
        ],
    );
}

function commands(title: string, lines: readonly string[]) {
    return markup`<h3>${title}</h3>
<ol class="commands" role="list">
${lines.map((line) => markup`<li><code>${line}</code></li>\n`)}</ol>
`;
}

function settingsTable({ clusters }: SheetData) {
    const row = (title: string, valueOf: (cluster: ClusterConfig) => string | number) => [
        markup`<th scope="row">${title}</th>`,
        ...clusters.map((cluster) => markup`<td>${valueOf(cluster)}</td>`),
    ];
    return markup`<h3>Settings</h3>
${table(
    "settings",
    "When this sheet was made.",
    ["", ...clusters.map(({ name }) => name)],
    [
        tableBody([
            row("Pods, Services", ({ podCidr, serviceCidr }) => `${podCidr}, ${serviceCidr}`),
            ...settings
                .filter(({ key, usual }) => clusters.some((one) => String(one[key]) !== usual))
                .map(({ key, title }) => row(title, (cluster) => String(cluster[key]))),
        ]),
    ],
)}
`;
}
