// The laws of a sink, as fake-s3 keeps them in the ordinary tests.

import { sinkContract } from 'dayfile/testing'
import { placeIn } from '../place.js'
import type { LiveServer } from '../servers/live-server.js'
import type { Check } from './check.js'

let opened = 0

/** Each law is a check of its own, in a folder of its own. */
export function contractChecks(): readonly Check[] {
  const laws = (server: LiveServer) =>
    sinkContract({
      open() {
        const { sink, archive, uploads } = placeIn(server, `contract/${++opened}`)
        return { sink, archive, residue: uploads }
      },
    })
  const names = sinkContract({ open: () => Promise.reject(new Error('nothing is opened for names')) })
  return names.map(({ law }) => ({
    name: law,
    async run(server) {
      await laws(server)
        .find((each) => each.law === law)
        ?.check()
      return undefined
    },
  }))
}
