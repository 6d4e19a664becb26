import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { projectRoot } from "../../../src/config/declaration";
import { openFollowedPulumi } from "../../../src/stack/follow";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);

const { projectRoot: checkout } = jest.requireActual<
    typeof import("../../../src/config/declaration")
>("../../../src/config/declaration");
const programs = join(projectRoot, "programs");

/** A Pulumi on PATH that does this when it is asked for more than its version. */
function pulumiDoes(script: string): void {
    mkdirSync(programs, { recursive: true });
    const version = `case "$*" in version) echo v3.265.0; exit 0 ;; esac`;
    writeFileSync(join(programs, "pulumi"), `#!/bin/sh\n${version}\n${script}\n`, { mode: 0o755 });
    writeFileSync(join(programs, "pulumi-language-nodejs"), "#!/bin/sh\n", { mode: 0o755 });
}

beforeAll(() => copyFileSync(join(checkout, "Pulumi.yaml"), join(projectRoot, "Pulumi.yaml")));
beforeEach(() => {
    const PATH = [programs, process.env.PATH].join(delimiter);
    jest.replaceProperty(process, "env", { ...process.env, PATH });
});
afterEach(() => jest.restoreAllMocks());

test("a Pulumi that leaves its output to another program is not waited for after its end", async () => {
    pulumiDoes(`echo one; echo two >&2; sleep 20 & exit 3`);
    const { follow } = await openFollowedPulumi();
    const lines: string[] = [];
    const { signal } = new AbortController();
    expect(await follow(["up"], { onLine: (line) => lines.push(line), signal })).toBe(3);
    expect(lines.sort()).toEqual(["one", "two"]);
}, 15_000);
