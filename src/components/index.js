// Pulumi's host for components loads TypeScript with ts-node and the tsconfig.json of whatever folder it is started in.
// The project's own loader takes its place.
delete require.extensions[".ts"];
require("sucrase/register/ts");
module.exports = require("./index.ts");
