"use strict";
/*
 * How jest runs TypeScript: sucrase strips the types, as it does for the commands (src/loader.cjs), and `npm run build`
 * checks them. Lines stay what they are, so stack traces and coverage need no source maps.
 */
const { createHash } = require("node:crypto");
const { transform } = require("sucrase");
const { version } = require("sucrase/package.json");

const options = { transforms: ["imports", "typescript", "jest"] };

module.exports = {
    process: (source, path) => ({ code: transform(source, { ...options, filePath: path }).code }),

    /** All that the outcome depends on; `instrument` says whether jest counts the lines for coverage. */
    getCacheKey: (source, path, { configString, instrument }) =>
        createHash("sha256")
            .update(JSON.stringify([version, options, source, path, configString, instrument]))
            .digest("hex"),
};
