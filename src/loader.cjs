"use strict";
/**
 * What Node loads before Pulumi's program, see `nodeargs` in Pulumi.yaml: sucrase, which strips the types (`npm run
 * build` checks them; ts-node and tsx cost a second and more at every up), and a detour for two packages.
 *
 * `@pulumi/pulumi` loads them with itself, two thirds of the time that it takes, but needs them only to serialize
 * functions (`runtime/closure`). They are loaded when something of them is used, here never.
 */
const Module = require("node:module");

require("sucrase/register/ts");

const late = new Set(["typescript", "@npmcli/arborist"]);
const fromPulumi = /[\\/]@pulumi[\\/]pulumi[\\/]/;
const load = Module._load;

Module._load = function (request, parent, isMain) {
    const now = () => load.call(Module, request, parent, isMain);
    if (!late.has(request) || !fromPulumi.test(parent?.filename)) {
        return now();
    }
    // One that is not installed is an error at once, as ever: without typescript, Pulumi takes its own.
    Module._resolveFilename(request, parent, isMain);
    return new Proxy({}, { get: (_, key) => key === "__esModule" || now()[key] });
};
