"use strict";
/*
 * The Kubernetes client as Node.js itself loads it: it is an ES module, which jest cannot `require`, and a large one, which
 * all test files of a worker share so.
 */
module.exports = requireOutside("@kubernetes/client-node");
