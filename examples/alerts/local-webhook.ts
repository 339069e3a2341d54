// Stands in for the webhook of a chat: it prints what it gets.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface LocalWebhook {
  readonly url: string
  /** While it is down it takes nothing. */
  isDown: boolean
  readonly close: () => Promise<void>
}

export async function localWebhook(got: (text: string) => void): Promise<LocalWebhook> {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      if (webhook.isDown) {
        response.writeHead(503).end()
        return
      }
      got((JSON.parse(body) as { readonly text: string }).text)
      response.end('ok')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const webhook: LocalWebhook = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    isDown: false,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return webhook
}
