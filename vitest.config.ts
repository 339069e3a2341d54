import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

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
    include: ['test/**/*.test.ts'],
    setupFiles: process.env.NO_CODE_GENERATION === '1' ? ['test/support/no-code-generation.ts'] : [],
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'] },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
