/** The container engine's command line, by kind's own choice of it. */
export function engineProgram(env: NodeJS.ProcessEnv = process.env): string {
    const provider = env.KIND_EXPERIMENTAL_PROVIDER ?? "";
    return provider === "" ? "docker" : provider;
}
