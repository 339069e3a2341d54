import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig, type TestProjectConfiguration } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

/** Whether the encoder has to do without generated code, see `npm run test:closures`. */
const isWithoutCode = process.env.NO_CODE_GENERATION === '1'

/** Suites that take minutes, each with its files. `npm test` runs the others. */
const SLOW_SUITES = {
  // Every order of steps, every crash, every run of a property.
  models: ['test/**/*.models.test.ts'],
  // Processes that are killed at each of their steps.
  kills: ['test/**/*.kills.test.ts'],
  // Programs of examples/ and of guides, started as users start them.
  examples: ['test/examples/**/*.test.ts', 'test/**/*.programs.test.ts'],
}

export default defineConfig({
  resolve: {
    alias: [
      { find: /^dayfile$/, replacement: source('index.ts') },
      { find: /^dayfile\/s3$/, replacement: source('sinks/s3/index.ts') },
      { find: /^dayfile\/read$/, replacement: source('read/index.ts') },
      { find: /^dayfile\/sql$/, replacement: source('sql/index.ts') },
      { find: /^dayfile\/calendar$/, replacement: source('calendar/index.ts') },
      { find: /^dayfile\/testing$/, replacement: source('testing/index.ts') },
    ],
  },
  test: {
    // Vitest leaves one core to itself, which is half of a machine with two.
    maxWorkers: '100%',
    isolate: false,
    setupFiles: [
      'test/support/fresh-modules.ts',
      ...(isWithoutCode ? ['test/support/no-code-generation.ts'] : []),
    ],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      suite('unit', ['test/**/*.test.ts'], Object.values(SLOW_SUITES).flat()),
      ...Object.entries(SLOW_SUITES).map(([name, include]) => suite(name, include)),
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['test/**/*.test-d.ts'],
            tsconfig: 'test/types.tsconfig.json',
          },
        },
      },
    ],
  },
})

function suite(name: string, include: string[], others: string[] = []): TestProjectConfiguration {
  const exclude = [...configDefaults.exclude, ...others]
  // Compares generated code with what runs without it.
  if (isWithoutCode) exclude.push('test/csv/engines.prop.test.ts')
  return { extends: true, test: { name, include, exclude } }
}
