import { Problem } from "../config/problem";
import { EngineIdentity } from "../machine/engine";
import { shellQuote } from "../machine/terminal";
import { Backend, currentLogin, hasGaps, isSameBackend } from "./environment";

/** How a stack is given up whose backend, passphrase or engine is gone for good. */
function givenUp(stack: string, what: string): string {
    return `; if ${what} for good: rm .lab/stacks/${stack}/origin.json, then npm run down -- --stack ${stack}`;
}

/** Why a stack cannot be worked on with the present backend; undefined if it is the one it was made with. */
export function backendProblem(
    stack: string,
    was: Backend,
    now: Backend,
    env: NodeJS.ProcessEnv,
): Problem | undefined {
    if (isSameBackend(was, now)) {
        return undefined;
    }
    const unnamed = currentLogin(env) ? "pulumi login" : "PULUMI_ACCESS_TOKEN";
    const by = env.PULUMI_BACKEND_URL ? "PULUMI_BACKEND_URL" : unnamed;
    const present =
        now.id === "lab" ? "PULUMI_BACKEND_URL names none" : `${by} names ${now.address}`;
    const back =
        was.id === "lab" && env.PULUMI_BACKEND_URL
            ? "unset PULUMI_BACKEND_URL"
            : `export PULUMI_BACKEND_URL=${shellQuote(was.id === "lab" ? `file://${was.address}` : was.address)}${hasGaps(was) ? ", with what is left out here" : ""}`;
    const place = was.id === "lab" ? "the lab's own folder" : was.address;
    return {
        message: `stack ${stack} is kept in ${place}, but ${present}.`,
        fix: `${back}${givenUp(stack, "that backend is gone")}`,
    };
}

/** Why a stack cannot be worked on with the present passphrase. */
export function passphraseProblem(
    stack: string,
    now: "lab" | "user",
    was: "lab" | "user" | undefined,
    env: NodeJS.ProcessEnv,
): Problem {
    const variable =
        env.PULUMI_CONFIG_PASSPHRASE === undefined
            ? "PULUMI_CONFIG_PASSPHRASE_FILE"
            : "PULUMI_CONFIG_PASSPHRASE";
    return {
        message:
            now === "user"
                ? `the secrets of stack ${stack} are encrypted with another passphrase than ${variable} gives.`
                : `the secrets of stack ${stack} are encrypted with a passphrase that is not set now.`,
        fix: `${now === "user" && was === "lab" ? `unset ${variable}` : "set PULUMI_CONFIG_PASSPHRASE to the one that it was made with"}${givenUp(stack, "it is lost")}`,
    };
}

/** Why a stack's clusters cannot be seen; undefined if the engine is the one that has them. */
export function engineProblem(
    stack: string,
    was: EngineIdentity,
    now: EngineIdentity,
    env: NodeJS.ProcessEnv,
): Problem | undefined {
    const isOther =
        was.program !== now.program ||
        (was.id !== undefined && now.id !== undefined && was.id !== now.id);
    return isOther
        ? {
              message: `the clusters of stack ${stack} are on another engine (${nameOf(was)}) than the present one (${nameOf(now)}).`,
              fix: `${wayBack(was, now, env)}${givenUp(stack, "that engine is gone")}`,
          }
        : undefined;
}

function nameOf({ program, context = "default", host }: EngineIdentity): string {
    return host ? `${program} at ${host}` : `${program}, context ${context}`;
}

/** The commands that lead back to an engine. The variables win over the context. */
function wayBack(was: EngineIdentity, now: EngineIdentity, env: NodeJS.ProcessEnv): string {
    const { program, context = "default", host } = was;
    const steps = [
        program === now.program ? "" : `export KIND_EXPERIMENTAL_PROVIDER=${shellQuote(program)}`,
        host && host !== now.host ? `export DOCKER_HOST=${shellQuote(host)}` : "",
        !host && env.DOCKER_HOST ? "unset DOCKER_HOST" : "",
        !host && env.DOCKER_CONTEXT && env.DOCKER_CONTEXT !== context ? "unset DOCKER_CONTEXT" : "",
        !host && (now.context ?? "default") !== context
            ? `${program} context use ${shellQuote(context)}`
            : "",
    ].filter((step) => step !== "");
    return steps.length > 0 ? steps.join(", then ") : "start that engine again";
}
