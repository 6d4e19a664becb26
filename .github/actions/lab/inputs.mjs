import { join } from "node:path";

/** Inputs that are options of `npm run ephemeral`. */
const options = ["stack", "exercise", "output"];

/** Inputs that are config keys. */
const keys = { "cilium-version": "ciliumVersion", "node-image": "nodeImage" };

/** The command line of the stage `up` for the inputs that GitHub put into the environment. */
export function upArguments(env) {
    const input = (name) => (env[`INPUT_${name.toUpperCase()}`] ?? "").trim();
    const output = join(env.RUNNER_TEMP, `cilium-lab-${env.GITHUB_ACTION}`);
    const given = { output, ...inputs(options, input) };
    const settings = [
        ...input("config")
            .split(/\r?\n/)
            .map((line) => line.trim())
            .filter((line) => line !== "" && !line.startsWith("#")),
        ...Object.entries(inputs(Object.keys(keys), input)).map(
            ([name, value]) => `${keys[name]}=${value}`,
        ),
    ];
    return [
        "--stage=up",
        ...Object.entries(given).map(([name, value]) => `--${name}=${value}`),
        ...settings.map((setting) => `--set=${setting}`),
    ];
}

function inputs(names, input) {
    return Object.fromEntries(
        names.map((name) => [name, input(name)]).filter(([, value]) => value !== ""),
    );
}
