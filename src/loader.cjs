"use strict";
/*
 * What Node.js loads before the commands and before Pulumi's program (`nodeargs` in Pulumi.yaml): a check of its own
 * version, a loader of TypeScript, and a detour for a few packages. Without `??` and `?.`, so that a Node.js that is too
 * old comes as far as the check.
 */
require("./nodeVersion.cjs");

const { hash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname, join, relative, sep } = require("node:path");

const root = join(__dirname, "..");

/* Node.js refuses to load packages from such a path (ERR_INVALID_MODULE_SPECIFIER). */
if (sep === "/" && root.includes("\\")) {
    process.stderr.write(
        "The project's path has a backslash, and Node.js loads no packages from such a one. Fix: move it to a folder without\n",
    );
    process.exit(2);
}

const compiledFolder = join(root, ".lab", "compiled");
const load = Module._load;

// What V8 makes of the code is kept, too, where Node.js can: from 22.1 on.
if (Module.enableCompileCache) {
    Module.enableCompileCache(join(compiledFolder, "v8"));
}
const loadOther = Module._extensions[".ts"] || Module._extensions[".js"];

/*
 * Sucrase strips the types (`npm run build` checks them; ts-node and tsx cost a second and more at every start). To
 * load it and to strip takes longer than to run most commands, so the outcome is kept: one file for each source, good
 * as long as it carries the digest of the source and of itself.
 */
const { version } = requireInstalled("sucrase/package.json");
const options = { transforms: ["imports", "typescript"] };

/* Without packages there is nothing to load: a clone in which `npm ci` has not run yet. */
function requireInstalled(name) {
    try {
        return require(name);
    } catch (error) {
        if (error.code !== "MODULE_NOT_FOUND") {
            throw error;
        }
        process.stderr.write("The npm packages of this project are not installed. Fix: npm ci\n");
        return process.exit(2);
    }
}

Module._extensions[".ts"] = function (module, path) {
    const inside = relative(root, path);
    if (inside.startsWith("..") || inside.split(sep).includes("node_modules")) {
        return loadOther(module, path);
    }
    const source = readFileSync(path, "utf8");
    const kept = join(compiledFolder, `${inside.split(sep).join("+")}.js`);
    module._compile(readKept(kept, digest(source)) || compiled(source, path, kept), path);
};

function digest(text) {
    return hash("sha256", `${version}\n${text}`);
}

function readKept(kept, sourceDigest) {
    try {
        const text = readFileSync(kept, "utf8");
        const end = text.lastIndexOf("\n//");
        const code = text.slice(0, end);
        return text.slice(end + 3) === `${sourceDigest} ${digest(code)}` ? code : undefined;
    } catch (error) {
        return undefined;
    }
}

function compiled(source, path, kept) {
    const { code } = require("sucrase").transform(source, { ...options, filePath: path });
    const part = `${kept}.${process.pid}`;
    try {
        mkdirSync(compiledFolder, { recursive: true, mode: 0o700 });
        writeFileSync(part, `${code}\n//${digest(source)} ${digest(code)}`, { mode: 0o600 });
        renameSync(part, kept);
    } catch (error) {
        // A folder that cannot be written, or a full disk: the next start strips the types again.
        dropPart(part);
    }
    return code;
}

function dropPart(part) {
    try {
        rmSync(part, { force: true });
    } catch (error) {
        // It is in a folder that cannot be written.
    }
}

/*
 * Packages that load others for what is never done here. They come when something of them is used.
 * - `@pulumi/pulumi` needs these only to serialize functions (`runtime/closure`): two thirds of its own time.
 * - commander needs this one only for commands that are programs of their own.
 */
const late = {
    typescript: /[\\/]@pulumi[\\/]pulumi[\\/]/,
    "@npmcli/arborist": /[\\/]@pulumi[\\/]pulumi[\\/]/,
    "node:child_process": /[\\/]commander[\\/]lib[\\/]/,
};

/* The build of one file that js-yaml has beside its twenty-five, which take three times as long to load. */
function yamlBuild(parent) {
    const description = Module._resolveFilename("js-yaml/package.json", parent);
    return join(dirname(description), "dist", "js-yaml.js");
}

Module._load = function (request, parent, isMain) {
    if (request === "js-yaml" && parent && parent.filename.endsWith(".ts")) {
        return load.call(Module, yamlBuild(parent), parent, isMain);
    }
    const now = () => load.call(Module, request, parent, isMain);
    if (!Object.hasOwn(late, request) || !parent || !late[request].test(parent.filename)) {
        return now();
    }
    // One that is not installed is an error at once, as ever: without typescript, Pulumi takes its own.
    Module._resolveFilename(request, parent, isMain);
    return new Proxy({}, { get: (_, key) => key === "__esModule" || now()[key] });
};
