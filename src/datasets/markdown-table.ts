import type { Column } from './column.js'
import type { Dataset } from './dataset.js'

const TITLES = ['#', 'column', 'kind', 'may be empty', 'since', 'meaning']
const RULE = '| --: | --- | --- | --- | --- | --- |'

/**
 * Writes the columns of a dataset as a table in GitHub's Markdown, one line a column, in file order.
 *
 * "since" is blank for columns that the first file had. The meaning ends with the values known so far and the other
 * names under which the reader takes the column. Whatever names, values and descriptions hold, each row has its six
 * cells: characters that mean something in Markdown or HTML are written as character references. Control characters
 * become spaces in a description, and U+FFFD in names and values.
 *
 * @example
 * markdownTable(paywallViews).split('\n')[2]
 * // '| 1 | `profile_id` | text | yes |  | Id of the profile that saw the paywall. |'
 */
export function markdownTable(dataset: Pick<Dataset, 'columns'>): string {
  return [line(TITLES), RULE, ...dataset.columns.map((column, index) => line(cells(column, index + 1)))].join(
    '\n',
  )
}

function line(texts: readonly string[]): string {
  return `| ${texts.join(' | ')} |`
}

function cells(column: Column, place: number): string[] {
  const { name, kind, nullable, since, description, values, aliases } = column
  const sentences = [
    prose(description),
    ...(values.length === 0 ? [] : [`Known so far: ${values.map(code).join(', ')}.`]),
    ...(aliases.length === 0 ? [] : [`Also read under the name ${aliases.map(code).join(' or ')}.`]),
  ]
  const meaning = sentences.filter((sentence) => sentence !== '').join(' ')
  return [String(place), code(name), kind, nullable ? 'yes' : 'no', prose(since ?? ''), meaning]
}

/** Text as it is to be read, in one line. */
function prose(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .replace(/[\\`*_[\]<>|&~$]/g, reference)
}

/** A name or a value, byte for byte. */
function code(text: string): string {
  if (/^[\w.-]+$/.test(text)) return `\`${text}\``
  // Not between backticks: there a reference is no reference, and a bar before which a backslash stands is read in two ways.
  const inert = text.toWellFormed().replace(/\p{Cc}/gu, '\uFFFD')
  return `<code>${inert.replace(/[^\p{L}\p{N}\uFFFD]/gu, reference)}</code>`
}

function reference(character: string): string {
  return `&#${String(character.codePointAt(0))};`
}
