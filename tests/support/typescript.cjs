"use strict";
/*
 * TypeScript itself, when something of it is used: `@pulumi/pulumi` loads it to serialize functions, which no program here
 * does, and jest loads all packages anew in each test file. The commands have the same detour (src/loader.cjs).
 */
const { join } = require("node:path");

const path = join(__dirname, "..", "..", "node_modules", "typescript", "lib", "typescript.js");
module.exports = new Proxy({}, { get: (_, key) => key === "__esModule" || require(path)[key] });
