import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileProgress } from "../../../../src/commands/tour/progress";
import { stackFolder } from "../../../../src/machine/names";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

test("a tour remembers until it is cleared", () => {
    const progress = fileProgress("dev");
    expect(progress.read()).toBeUndefined();
    progress.write({ original: { sharedService: "false" }, done: [] });
    expect(progress.read()).toEqual({ original: { sharedService: "false" }, done: [] });
    progress.clear();
    expect(progress.read()).toBeUndefined();
});

test.each(["", "{", "[]", '{"original":{}}'])(
    "a memory that says %j is no new beginning, which would forget the settings from before",
    (text) => {
        mkdirSync(stackFolder("dev"), { recursive: true });
        const path = join(stackFolder("dev"), "tour.json");
        writeFileSync(path, text);
        expect(() => fileProgress("dev").read()).toThrow(`mv ${path} ${path}.old`);
    },
);
