// ClickHouse as a library, in a process of its own: node clickhouse-session.mjs PACKAGES FOLDER
// In: a list of statements as JSON on standard input. Out: what the last of them gives, as JSONCompactEachRow.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [packages = '', folder = ''] = process.argv.slice(2)
const { Session } = createRequire(packages)('chdb')
const session = new Session(folder)
let answer = ''
for (const statement of JSON.parse(readFileSync(0, 'utf8'))) {
  answer = session.query(statement, 'JSONCompactEachRow')
}
process.stdout.write(answer, () => process.exit(0))
