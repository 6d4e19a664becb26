/**
 * Stands in for `src/config/declaration` where a test makes the lab write files: the same, with a temporary
 * folder as the project's root, so that nothing touches the `.lab` of this checkout.
 *
 *     jest.mock("../../src/config/declaration", () =>
 *         jest.requireActual<object>("./temporaryProject"),
 *     );
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const { readProject, rawValue } = jest.requireActual<
    typeof import("../../src/config/declaration")
>("../../src/config/declaration");

export const projectRoot = mkdtempSync(join(tmpdir(), "lab-test-"));

afterAll(() => rmSync(projectRoot, { recursive: true, force: true }));
