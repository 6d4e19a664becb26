import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { versionIn, whyUnusable } from "../../../src/machine/programs";

const root = mkdtempSync(join(tmpdir(), "programs-"));
afterAll(() => rmSync(root, { recursive: true }));

test.each<[string, (path: string) => void, string]>([
    ["a link to nothing", (path) => symlinkSync("/nowhere", path), " is a link that leads nowhere"],
    ["a link to itself", (path) => symlinkSync("docker", path), " is a link that leads nowhere"],
    ["a folder", (path) => mkdirSync(path), " is a folder"],
    ["no program", (path) => writeFileSync(path, "", { mode: 0o644 }), " is not executable"],
    [
        "a script without its interpreter",
        (path) => writeFileSync(path, "#!/nowhere/sh\n", { mode: 0o755 }),
        " is there, and what it is to be run by is not",
    ],
])("what is on PATH and cannot be started is named: %s", (title, make, why) => {
    const folder = join(root, title);
    mkdirSync(folder);
    make(join(folder, "docker"));
    const path = ["relative", join(root, "none"), folder].join(delimiter);
    expect(whyUnusable("docker", path)).toBe(`${join(folder, "docker")}${why}`);
    expect(whyUnusable("podman", path)).toBeUndefined();
});

test.each<[string, string | undefined]>([
    ["0.33.0\n", "0.33.0"],
    ["v3.265.0-alpha.1+x", "3.265.0"],
    ["kind v0.33.0 go1.25 linux/amd64", "0.33.0"],
    ["WARNING: wrapper 2.0.0\r\n  v0.26.0\r\n", "0.26.0"],
    ["go1.25.3", undefined],
    ["127.0.0.1", undefined],
    ["", undefined],
])("the version in %j is %p", (stdout, version) => {
    expect(versionIn(stdout)).toBe(version);
});
