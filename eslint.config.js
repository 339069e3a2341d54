import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

export default defineConfig(
  globalIgnores(['**/dist', 'demo-output', '**/node_modules', 'eslint.config.js']),
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      'no-control-regex': 'error',
      // Numbers and literal unions read well in messages; objects are what must not slip in.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // `Record` and index signatures differ for interfaces; neither style is better everywhere.
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
      // An object without one of its properties is its rest.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    // Programs that are run as they are: the compiler does not know them.
    files: ['**/*.{js,mjs,cjs}'],
    extends: [tseslint.configs.disableTypeChecked],
  },
  {
    // What a host on CommonJS writes.
    files: ['**/*.{cjs,cts}'],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    // A law may take any value, and `async` marks a contract even where a fake has nothing to wait for.
    files: ['test/**', 'src/testing/**', 'examples/**'],
    rules: { '@typescript-eslint/require-await': 'off' },
  },
)
