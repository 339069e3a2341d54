import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig, type TestProjectConfiguration } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

/** Whether the encoder has to do without generated code, see `npm run test:closures`. */
const isWithoutCode = process.env.NO_CODE_GENERATION === '1'

/** What `npm test` leaves to the suites of these names. */
const SLOW = {
  // Every order of steps, every crash, every provider.
  models: ['test/**/*.models.test.ts'],
  // Servers that refuse, fail, stall, lose answers or answer in any order.
  faults: ['test/**/*.faults.test.ts'],
  // Processes that are killed at each of their steps.
  kills: ['test/**/*.kills.test.ts'],
  // Gigabytes, a million columns, rows of 60 MiB.
  limits: ['test/**/*.limits.test.ts'],
  // Programs: those of examples/ and of guides, started as users start them, and those that read what is published.
  examples: ['test/examples/**/*.test.ts', 'test/**/*.programs.test.ts'],
}
/** Of these `npm test` runs some cases, and the models suite all; see test/support/cases.ts. */
const LAWS = 'test/**/*.prop.test.ts'

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
      suite('unit', ['test/**/*.test.ts'], { exclude: Object.values(SLOW).flat() }),
      suite('models', [...SLOW.models, LAWS], { env: { EVERY_CASE: '1' } }),
      suite('faults', SLOW.faults),
      suite('kills', SLOW.kills),
      suite('limits', SLOW.limits),
      suite('examples', SLOW.examples),
    ],
  },
})

interface Settings {
  readonly exclude?: readonly string[]
  readonly env?: Record<string, string>
}

function suite(name: string, include: string[], settings: Settings = {}): TestProjectConfiguration {
  const exclude = [...configDefaults.exclude, ...(settings.exclude ?? [])]
  // Compares generated code with what runs without it.
  if (isWithoutCode) exclude.push('test/csv/engines.prop.test.ts')
  // Only a test that hangs ends by it: how long a suite takes depends on what else the machine does.
  const testTimeout = name === 'unit' ? 60_000 : 600_000
  return { extends: true, test: { testTimeout, ...settings, name, include, exclude } }
}
