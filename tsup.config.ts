import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineConfig, type Options } from 'tsup'

type EsbuildPlugin = NonNullable<Options['esbuildPlugins']>[number]

// Packages in many files take longer to find and read than to run: what dayfile uses of them is bundled.
const BUNDLED = ['csv-stringify', 'date-fns', 'date-fns-tz', 'typebox']

// Strict reading loads TypeBox itself: the schema of a reader is checked by the reader's own copy, whose formats, messages
// and settings it may rely on.
const typeboxOfStrictReading: EsbuildPlugin = {
  name: 'typebox-of-strict-reading',
  setup(build) {
    build.onResolve({ filter: /^typebox\// }, ({ path, importer }) =>
      /[/\\]read[/\\]strict-\w+\.ts$/.test(importer) ? { path, external: true } : undefined,
    )
  },
}

// date-fns-tz makes a formatter as it is loaded, to find out whether there is hourCycle 'h23', as there is in every Node that
// this package supports. The first formatter of a process costs as much as half of the import.
const formattersAtFirstUse: EsbuildPlugin = {
  name: 'formatters-at-first-use',
  setup(build) {
    build.onLoad(
      { filter: /[/\\]date-fns-tz[/\\].*[/\\]tzTokenizeDate[/\\]index\.js$/ },
      async ({ path }) => {
        const text = await readFile(path, 'utf8')
        const contents = text.replace(
          /const testDateFormatted = new Intl.*?const hourCycleSupported = .*?;\n/s,
          'const hourCycleSupported = true;\n',
        )
        if (contents === text) throw new Error(`${path}: the test of hourCycle is not where it was`)
        return { contents }
      },
    )
  },
}

/** Their licenses ask to go where their code goes. */
async function licensesOfBundled(): Promise<string> {
  const licenses = BUNDLED.map(async (name) => {
    const folder = join('node_modules', name)
    const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each))
    if (file === undefined) throw new Error(`${name}: no license was found`)
    const text = await readFile(join(folder, file), 'utf8')
    return `${name}\n\n${text.trim()}\n`
  })
  return (await Promise.all(licenses)).join(`\n${'-'.repeat(80)}\n\n`)
}

export default defineConfig(({ outDir = 'dist' }) => ({
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
  noExternal: BUNDLED.map((name) => new RegExp(`^${name}($|/)`)),
  esbuildPlugins: [typeboxOfStrictReading, formattersAtFirstUse],
  removeNodeProtocol: false,
  // tsup sets `baseUrl` for its own purposes, which TypeScript 6 reports as deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0', paths: {} } },
  splitting: true,
  sourcemap: true,
  clean: true,
  async onSuccess() {
    await writeFile(join(outDir, 'licenses.txt'), await licensesOfBundled())
  },
}))
