import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    s3: 'src/sinks/s3/index.ts',
    read: 'src/read/index.ts',
    sql: 'src/sql/index.ts',
    calendar: 'src/calendar/index.ts',
    testing: 'src/testing/index.ts',
  },
  format: ['esm', 'cjs'],
  target: 'node20',
  // tsup sets `baseUrl` for its own purposes, which TypeScript 6 reports as deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0', paths: {} } },
  splitting: true,
  sourcemap: true,
  clean: true,
})
