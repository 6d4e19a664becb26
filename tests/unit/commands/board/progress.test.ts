import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beginning, fileProgress } from "../../../../src/commands/board/progress";
import { stackFolder } from "../../../../src/machine/names";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

const folder = stackFolder("dev");
const path = join(folder, "board.json");
const store = fileProgress("dev");

beforeEach(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
});

test("what is written is read again, and what is left out is as in the beginning", () => {
    expect(store.read()).toEqual(beginning);
    const mine = { ...beginning, guesses: 3, right: 2, original: { sharedService: "false" } };
    store.write(mine);
    expect(store.read()).toEqual(mine);
    store.write(beginning);
    expect(readdirSync(folder)).toEqual(["board.json"]);
    writeFileSync(path, '{"guesses":1}');
    expect(store.read()).toEqual({ ...beginning, guesses: 1 });
});

test.each([
    "",
    "null",
    "[]",
    '{"original":{"sharedService":"fal',
    '{"original":5}',
    '{"steps":null}',
    '{"guesses":"<b>","original":{"sharedService":"false"}}',
])("a damaged file is a new beginning, and stays beside it: %j", (damaged) => {
    writeFileSync(path, damaged);
    expect(store.read()).toEqual(beginning);
    store.write({ ...beginning, guesses: 1 });
    expect(store.read().guesses).toBe(1);
    expect(readFileSync(`${path}.old`, "utf8")).toBe(damaged);
});

test("what is damaged again stays beside the copy of before", () => {
    for (const damaged of ["[1]", "[2]", "[2]", "[1]"]) {
        writeFileSync(path, damaged);
        store.write(beginning);
    }
    const copies = readdirSync(folder).filter((name) => name.includes(".old"));
    expect(copies.map((name) => readFileSync(join(folder, name), "utf8"))).toEqual(["[1]", "[2]"]);
});
