import pulumi from "@pulumi/eslint-plugin";
import importX from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

export default tseslint.config(
    {
        ignores: [
            "coverage/",
            ".lab/",
            "**/*.mjs",
            "src/components/index.js",
            "src/loader.cjs",
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
);
