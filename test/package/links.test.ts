import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

// In node_modules there is no repository around the documents: what they link to has to be in the tarball beside them.

const root = fileURLToPath(new URL('../../', import.meta.url))

interface Packed {
  readonly files: readonly { readonly path: string }[]
}

const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  cwd: root,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
})
const [packed] = JSON.parse(output) as Packed[]
const files = new Set(packed?.files.map(({ path }) => path))
const documents = [...files].filter((path) => path.endsWith('.md'))
const texts = new Map(documents.map((path) => [path, readFileSync(join(root, path), 'utf8')]))

interface Link {
  readonly from: string
  readonly to: string
  readonly path: string
  readonly anchor: string | undefined
}

function linksOf(from: string, text: string): Link[] {
  const prose = text.replace(/^```[^]*?^```/gm, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, to = '']) => {
    if (/^[a-z]+:/.test(to)) return []
    const [target = '', anchor] = to.split('#')
    const path = target === '' ? from : normalize(join(dirname(from), target))
    return [{ from, to, path, anchor }]
  })
}

/** The anchors of a page's headings, by the rules of GitHub. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

const links = [...texts].flatMap(([path, text]) => linksOf(path, text))

test('the package has documents, and these have links', () => {
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', 'docs/running.md']))
  expect(links.length).toBeGreaterThan(30)
})

test('each relative link of a document in the package leads to a file or folder in the package', () => {
  const isPacked = (path: string): boolean =>
    files.has(path) || [...files].some((file) => file.startsWith(`${path}/`))
  const dead = links.filter(({ path }) => !isPacked(path))
  expect(dead.map(({ from, to }) => `${from}: ${to}`)).toEqual([])
})

test('each link to a heading leads to one', () => {
  const dead = links.filter(
    ({ path, anchor }) => anchor !== undefined && !anchorsOf(texts.get(path) ?? '').includes(anchor),
  )
  expect(dead.map(({ from, to }) => `${from}: ${to}`)).toEqual([])
})

test('what examples leave behind when they are run is not in the package', () => {
  expect([...files].filter((path) => /node_modules|\/dist\/|package-lock/.test(path))).toEqual([])
})
