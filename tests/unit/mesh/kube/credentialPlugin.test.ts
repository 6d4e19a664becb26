import type { KubeConfig, User } from "@kubernetes/client-node";
import { RunOptions } from "../../../../src/machine/run";
import { runPlugins } from "../../../../src/mesh/kube/credentialPlugin";

type Authenticator = Parameters<KubeConfig["addAuthenticator"]>[0];

/** A kubeconfig with that plugin; what it gives is asked for by `apply`. */
function pluginThat(prints: (call: number) => string, exec: object = {}) {
    const calls: { args: readonly string[]; options?: RunOptions }[] = [];
    let authenticator: Authenticator | undefined;
    const user: User = { name: "u", exec: { command: "aws", ...exec } };
    const config = {
        users: [user, { name: "other", token: "t" }],
        addAuthenticator: (one: Authenticator) => (authenticator = one),
    };
    runPlugins(config as unknown as KubeConfig, (program, args, options) => {
        calls.push({ args: [program, ...args], options });
        return Promise.resolve({ code: 0, stdout: prints(calls.length), stderr: "" });
    });
    const apply = async (options: object = {}) => {
        await authenticator!.applyAuthentication(config.users[0] as User, options);
        return options;
    };
    return { calls, apply, config, isFor: (one: User) => authenticator!.isAuthProvider(one) };
}

const credential = (status: object) => JSON.stringify({ kind: "ExecCredential", status });

test("a plugin is run with its arguments and variables, with a time limit, and by nobody else", async () => {
    const { calls, apply, config, isFor } = pluginThat(() => credential({ token: "t" }), {
        apiVersion: "client.authentication.k8s.io/v1",
        args: ["eks", "get-token"],
        env: [{ name: "AWS_PROFILE", value: "lab" }],
    });
    expect(config.users.map(({ exec }: User) => exec as unknown)).toEqual([undefined, undefined]);
    expect(config.users.map(isFor)).toEqual([true, false]);
    expect(await apply({ headers: { accept: "json" } })).toEqual({
        headers: { accept: "json", Authorization: "Bearer t" },
    });
    const [{ args, options } = { args: [] }] = calls;
    expect(args).toEqual(["aws", "eks", "get-token"]);
    expect(options?.timeoutMs).toBeLessThan(10_000);
    expect(options?.env).toMatchObject({ AWS_PROFILE: "lab", PATH: process.env.PATH });
    expect(JSON.parse(options!.env!.KUBERNETES_EXEC_INFO!)).toEqual({
        kind: "ExecCredential",
        apiVersion: "client.authentication.k8s.io/v1",
        spec: { interactive: false },
    });
});

test("a credential without an end is asked for once, also by questions at the same time", async () => {
    const { calls, apply } = pluginThat((call) => credential({ token: `t${call}` }));
    await Promise.all([apply(), apply(), apply()]);
    expect(await apply()).toEqual({ headers: { Authorization: "Bearer t1" } });
    expect(calls).toHaveLength(1);
});

test("one that has ended is asked for anew, and so is one that was none", async () => {
    const end = (at: number) => new Date(at).toISOString();
    const given = [
        "no JSON",
        credential({ token: "a", expirationTimestamp: end(Date.now() - 1000) }),
        credential({ token: "b", expirationTimestamp: end(Date.now() + 60_000) }),
    ];
    const { calls, apply } = pluginThat((call) => given[call - 1]!);
    await expect(apply()).rejects.toThrow(
        "the credential plugin aws of its kubeconfig prints no credential",
    );
    expect(await apply()).toEqual({ headers: { Authorization: "Bearer a" } });
    expect(await apply()).toEqual({ headers: { Authorization: "Bearer b" } });
    expect(await apply()).toEqual({ headers: { Authorization: "Bearer b" } });
    expect(calls).toHaveLength(3);
});

test("a certificate is given as one", async () => {
    const status = { clientCertificateData: "cert", clientKeyData: "key" };
    expect(await pluginThat(() => credential(status)).apply()).toEqual({
        cert: "cert",
        key: "key",
    });
});

test("a plugin without a command is told", async () => {
    await expect(pluginThat(() => "", { command: 7 }).apply()).rejects.toThrow(
        "its kubeconfig names no command of its credential plugin",
    );
});

test("one that hangs is ended, with what it has started, and told", async () => {
    let authenticator: Authenticator | undefined;
    const config = {
        users: [{ name: "u", exec: { command: "kubelogin" } }],
        addAuthenticator: (one: Authenticator) => (authenticator = one),
    };
    runPlugins(config as unknown as KubeConfig, (program, _, options) =>
        Promise.resolve({
            code: 137,
            stdout: "",
            stderr: `${program} did not answer within ${options!.timeoutMs! / 1000} s and was stopped\n`,
        }),
    );
    await expect(authenticator!.applyAuthentication({ name: "u" }, {})).rejects.toThrow(
        "the credential plugin kubelogin of its kubeconfig did not end within 9 s",
    );
});
