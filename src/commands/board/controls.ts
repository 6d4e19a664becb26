import { ClusterConfig, LabConfig, configKey } from "../../config/labConfig";
import { exercises } from "../../lab/exercise";
import { knowsNamespaces } from "../../lab/globalNamespace";
import { tourSteps } from "../../lab/tourSteps";
import { secondsText } from "../../proof/report/format";
import { Content, Markup, markup } from "../../proof/report/markup";
import { breakableKey } from "../../proof/report/parts";
import { Progress } from "./progress";
import { WorkView } from "./work";

/** The settings of every side, as they are in the config. */
export function controls(config: LabConfig): Markup {
    return markup`<form id="settings" class="settings-form">
<div class="of-clusters">
${config.clusters.map((cluster) => clusterControls(cluster))}</div>
<fieldset class="whole"><legend>the whole lab</legend>
${select("networkPolicy", config.networkPolicy, ["none", "cluster1-only"])}${toggle("legacyAnnotations", config.legacyAnnotations)}${outageControls(config)}</fieldset>
<p class="buttons"><button type="button" data-do="plan-set">Plan this change</button> <button type="button" data-do="plan-reconcile" class="plain">Reconcile with the config</button></p>
</form>
`;
}

function clusterControls({ name, release, ...cluster }: ClusterConfig): Markup {
    const hasNamespaces = knowsNamespaces(release.version);
    const key = (one: Parameters<typeof configKey>[1]) => configKey(name, one);
    return markup`<fieldset><legend>${name}</legend>
${toggle(key("globalService"), cluster.globalService)}${toggle(key("sharedService"), cluster.sharedService)}${select(key("serviceAffinity"), cluster.serviceAffinity, ["none", "local", "remote"])}${number(key("rebelBaseReplicas"), cluster.rebelBaseReplicas)}${hasNamespaces ? toggle(key("globalNamespace"), cluster.globalNamespace) : undefined}</fieldset>
`;
}

/** Which cluster is to be dead, and how long the others keep its backends. */
function outageControls({ outage, outageOf, clusters, cilium }: LabConfig): Markup {
    const ttls = [...new Set(["0s", "10s", "30s", "1m", cilium.cacheTtl])];
    return markup`${select("outage", outage, ["none", ...clusters.map(({ name }) => name)])}${select("outageOf", outageOf, ["cluster", "clustermesh-apiserver"])}${select("clusterMeshCacheTtl", cilium.cacheTtl, ttls)}`;
}

function toggle(key: string, isOn: boolean): Markup {
    return markup`<label class="setting"><input type="checkbox" name="${key}" id="set-${key}"${isOn ? markup` checked` : undefined}> ${breakableKey(key)}</label>
`;
}

function select(key: string, value: string, values: readonly string[]): Markup {
    const options = values.map(
        (one) => markup`<option${one === value ? markup` selected` : undefined}>${one}</option>`,
    );
    return markup`<label class="setting">${breakableKey(key)} <select name="${key}" id="set-${key}">${options}</select></label>
`;
}

function number(key: string, value: number): Markup {
    return markup`<label class="setting">${breakableKey(key)} <input type="number" name="${key}" id="set-${key}" min="0" max="20" value="${value}"></label>
`;
}

/** The exercises and the tour, with what was done of it; the tour is a story of two clusters. */
export function path(
    { steps, original, guesses, right, guessFirst }: Progress,
    hasTour: boolean,
): Markup {
    const next = tourSteps.findIndex(({ title }) => steps[title] === undefined);
    const advice =
        next === -1
            ? `The tour is done${guesses === 0 ? "" : `: ${scoreText(guesses, right)}`}. Take any step again, or try settings of your own.`
            : "The tour goes through what the lab teaches, one step after the other. With “Guess first” you say who will answer before you see it.";
    const signs = { right: "✓ guessed right", wrong: "✗ guessed wrong", seen: "· seen" };
    const items = tourSteps.map(({ title }, index) => {
        const result = steps[title];
        const isNext = index === next;
        const state = result === undefined ? (isNext ? "next" : "") : signs[result];
        return markup`<li class="${isNext ? "next" : "stop"}"${isNext ? markup` aria-current="step"` : undefined}><button type="button" class="plain" id="step-${index}" data-do="plan-step" data-index="${index}">${title}</button> <span class="tag">${state}</span></li>
`;
    });
    return markup`<p class="score"><label><input type="checkbox" id="guess-first" data-do="guess-first"${guessFirst ? markup` checked` : undefined}> Guess first</label> <output id="score">${scoreText(guesses, right)}</output></p>
<p class="setting"><label>Exercise <select id="exercise">${exercises.map((name) => markup`<option>${name}</option>`)}</select></label> <button type="button" class="plain" data-do="plan-exercise">Plan this exercise</button></p>
${hasTour ? markup`<p class="quiet">${advice}</p>\n<ol class="path">\n${items}</ol>\n` : markup`<p class="quiet">The tour is a story of two clusters; take it on a stack that has two.</p>\n`}${original === undefined ? undefined : markup`<p class="buttons"><button type="button" class="plain" id="restore" data-do="plan-restore">Plan my settings from before the tour</button></p>\n`}`;
}

/** `2 of 4 guesses were right`, or that there were none. */
function scoreText(guesses: number, right: number): string {
    return guesses === 0 ? "no guess yet" : `${right} of ${guesses} guesses were right`;
}

/** How the last change goes on. */
export function workSection(work: WorkView | undefined, now: number, canChange: boolean): Content {
    if (work === undefined) {
        return markup`<p class="quiet">Plan a change here: the next step of the tour, an exercise or other settings. You see the commands and who must answer then, and nothing is done before you apply it.</p>
`;
    }
    const { state, commands, lines, startedAt, endedAt, told } = work;
    const seconds = secondsText(Math.max(0, (endedAt ?? now) - startedAt) / 1000);
    const heads = {
        running: `Running for ${seconds}`,
        done: `Done in ${seconds}`,
        failed: `Failed after ${seconds}`,
        cancelled: `Cancelled after ${seconds}; what was done is kept, and the next change continues from there`,
    };
    const cancel = markup`<button type="button" id="cancel" data-do="cancel">Cancel</button>`;
    return markup`<h3>The last change from here</h3>
<p class="work-state ${state}"><b>${heads[state]}</b> ${state === "running" && canChange ? cancel : undefined}</p>
${state === "running" ? markup`<p class="quiet">What comes of it is seen in the picture, and below it over time.</p>\n` : undefined}${told.map((text) => markup`<p class="told">${text}</p>\n`)}${commandList(commands)}<pre class="output" tabindex="0" aria-label="What Pulumi says">${lines.join("\n")}</pre>
`;
}

/** Commands to be copied. */
function commandList(commands: readonly string[]): Markup {
    return markup`<ol class="commands" role="list">
${commands.map((command) => markup`<li><code>${command}</code></li>\n`)}</ol>
<p class="buttons"><button type="button" class="plain" data-do="copy" data-text="${commands.join("\n")}">Copy the commands</button></p>
`;
}

/** What a wish would do, before it is done. */
export interface Plan {
    readonly commands: readonly string[];
    /** What must be put right first. */
    readonly problems: readonly string[];
    /** Who must answer then, in words; nothing in guess-first mode. */
    readonly prediction: readonly string[];
    /** Clusters to guess about; nothing where nobody has to guess. */
    readonly guess: readonly string[];
    readonly lesson?: string;
}

/** A plan with what begins it, and the guess before it. */
export function planSection({ commands, problems, prediction, guess }: Plan): Markup {
    if (problems.length > 0) {
        return markup`<div class="problems" role="alert">${problems.map((text) => markup`<p>${text}</p>`)}</div>
`;
    }
    const questions = guess.map(
        (
            client,
        ) => markup`<fieldset class="guess"><legend>Who will answer when ${client} asks?</legend>
${guess.map((name) => markup`<label><input type="checkbox" name="guess-${client}" value="${name}"> ${name}</label>\n`)}<p class="quiet">None of them: nobody.</p></fieldset>
`,
    );
    const buttons =
        guess.length > 0
            ? markup`<button type="button" data-do="apply-guess">Apply, this is my guess</button> <button type="button" class="plain" data-do="apply">Apply without a guess</button>`
            : markup`<button type="button" data-do="apply">Apply</button>`;
    return markup`<h3>What will be done</h3>
${commandList(commands)}${prediction.map((text) => markup`<p class="prediction">${text}</p>\n`)}${questions}<p class="buttons">${buttons} <button type="button" class="plain" data-do="discard">Discard</button></p>
`;
}
