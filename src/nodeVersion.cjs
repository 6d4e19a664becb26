"use strict";
/*
 * Says in one sentence where Node.js is one that this project does not run on (package.json: engines), before
 * anything else is loaded: 22.11 lacks what the packages need, and would end in the middle of an `up`. In words that
 * every Node.js can read.
 */
var version = process.versions.node.split(".").map(Number);
var major = version[0];
var minor = version[1];
var isSupported = major === 20 ? minor >= 19 : major === 22 ? minor >= 12 : major > 22;

if (!isSupported) {
    process.stderr.write(
        "Node.js " +
            process.versions.node +
            " does not run this project; it needs 20.19 or a later 20, or 22.12 or later. Fix: install one from https://nodejs.org/\n",
    );
    process.exit(2);
}
