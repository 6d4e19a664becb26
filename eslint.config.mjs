import pulumi from "@pulumi/eslint-plugin";
import importX from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/** The rooms of `src`, each with those that it may import from. Whatever is not named is above it. */
const rooms = {
    config: [],
    machine: ["config"],
    lab: ["config", "machine"],
    mesh: ["config", "machine", "lab"],
    proof: ["config", "machine", "lab", "mesh"],
    program: ["config", "machine", "lab", "mesh", "proof"],
    stack: ["config", "machine", "lab", "mesh", "proof"],
    components: ["config", "machine", "lab", "mesh", "proof", "program"],
    commands: ["config", "machine", "lab", "mesh", "proof", "stack"],
    "mesh/kube": ["config", "machine", "lab"],
    "mesh/cilium": ["config", "machine", "lab", "mesh/kube"],
    "mesh/kind": ["config", "machine", "lab", "mesh/kube", "mesh/cilium"],
    "mesh/existing": ["config", "machine", "lab", "mesh/kube", "mesh/cilium", "mesh/kind"],
    "proof/timeline": ["config", "machine", "lab", "mesh"],
    "proof/drift": ["config", "machine", "lab", "mesh"],
    "proof/readiness": ["config", "machine", "lab", "mesh", "proof/drift", "proof/timeline"],
    "proof/verify": ["config", "machine", "lab", "mesh", "proof/readiness", "proof/drift"],
};

/** Where Pulumi's own packages may be imported; every other room can be loaded and tested without them. */
const pulumiRooms = ["src/program/**", "src/components/**", "src/stack/automation.ts"];

const message = (room) =>
    `src/${room} may import ${rooms[room].map((below) => `src/${below}`).join(", ") || "no other room"}: imports run down only (CONTRIBUTING.md, "Rooms").`;

/** The order of the rooms, as rules that need no type information. */
export const roomRules = [
    {
        files: ["src/**/*.ts"],
        plugins: { "import-x": importX },
        settings: {
            "import-x/extensions": [".ts"],
            "import-x/parsers": { "@typescript-eslint/parser": [".ts"] },
            "import-x/resolver": { node: { extensions: [".ts", ".js"] } },
        },
        rules: {
            "import-x/no-cycle": "error",
            "import-x/no-restricted-paths": [
                "error",
                {
                    basePath: import.meta.dirname,
                    zones: Object.entries(rooms).map(([room, below]) => ({
                        target: `src/${room}`,
                        from: ".",
                        except: [
                            "node_modules",
                            `src/${room}`,
                            ...below.map((one) => `src/${one}`),
                        ],
                        message: message(room),
                    })),
                },
            ],
        },
    },
    {
        files: ["src/**/*.ts"],
        ignores: pulumiRooms,
        rules: {
            "no-restricted-imports": [
                "error",
                {
                    patterns: [
                        {
                            group: ["@pulumi/*"],
                            message: `Pulumi's packages are for ${pulumiRooms.join(", ")} only (CONTRIBUTING.md, "Rooms").`,
                        },
                    ],
                },
            ],
        },
    },
];

export default tseslint.config(
    {
        ignores: [
            "coverage/",
            ".lab/",
            "**/*.mjs",
            "src/components/index.js",
            "src/**/*.cjs",
            "tests/**/*.cjs",
            "examples/",
        ],
    },
    ...tseslint.configs.recommendedTypeChecked,
    {
        languageOptions: {
            parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
        },
        plugins: { "@pulumi": pulumi, "import-x": importX },
        rules: {
            "@pulumi/no-output-in-template-literal": "error",
            "@typescript-eslint/no-shadow": "error",
            "@typescript-eslint/switch-exhaustiveness-check": [
                "error",
                { considerDefaultExhaustiveForUnions: true },
            ],
            "import-x/order": ["error", { alphabetize: { order: "asc" } }],
            "no-console": "error",
        },
    },
    ...roomRules,
    {
        files: ["src/**/*.ts", "bench/**/*.ts"],
        rules: {
            "max-lines": ["error", { max: 300 }],
            "max-lines-per-function": [
                "error",
                { max: 50, skipBlankLines: true, skipComments: true },
            ],
        },
    },
);
