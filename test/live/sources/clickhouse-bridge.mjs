// ClickHouse as a library, behind the HTTP of a ClickHouse server: node clickhouse-bridge.mjs PACKAGES FOLDER
// It prints the port. There is no server to install: this carries statements to the engine and rows back, and no more. KILL
// QUERY is the engine's own.

import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'

const [packages = '', folder = ''] = process.argv.slice(2)
const { Session } = createRequire(packages)('chdb')
const NO_SETTING = /^(query|query_id|database|session_id|default_format)$/
// One that stays, or the engine would close with each last one.
const own = new Session(folder)

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    if (response.headersSent) response.destroy()
    else response.writeHead(500, { 'Content-Type': 'text/plain' }).end(error.message)
  })
})
server.listen(0, '127.0.0.1', () => {
  console.log(server.address().port)
})
process.stdin.on('end', () => process.exit(0)).resume()

async function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://bridge')
  if (pathname === '/ping') return void response.end('Ok.\n')
  const body = await text(request)
  const session = new Session(own.path)
  try {
    for (const [name, value] of searchParams) {
      if (!NO_SETTING.test(name)) session.query(`SET ${name} = '${value.replace(/[\\']/g, '\\$&')}'`)
    }
    const inUrl = searchParams.get('query')
    if (inUrl !== null) return void response.end((await session.queryAsync(`${inUrl}\n${body}`)).text())
    const [, sql, format = 'TabSeparated'] = /^(.*?)(?:\s+FORMAT\s+(\w+))?\s*$/is.exec(body)
    if (!/^\s*SELECT/i.test(sql))
      return void response.end((await session.queryAsync(named(sql), { format })).text())
    // The engine gives queries ids of its own: the one that the client has chosen goes beside it.
    session.query(`SET log_comment = '${searchParams.get('query_id')}'`)
    await send(session.queryStream(sql, { format }), response)
  } finally {
    session.close()
  }
}

const named = (sql) => sql.replace(/\bquery_id\b/, "Settings['log_comment']")

async function send(rows, response) {
  let isSending = false
  // As a server does, it notices that a client has gone when it has rows for it, and not before.
  response.on('close', () => {
    if (isSending) rows.cancel()
  })
  try {
    for await (const chunk of rows) {
      isSending = true
      if (!response.writable) break
      if (!response.write(chunk.raw())) await drained(response)
    }
    response.end()
  } finally {
    rows.cancel()
  }
}

/** Until it takes more, or nobody does. */
function drained(response) {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}
