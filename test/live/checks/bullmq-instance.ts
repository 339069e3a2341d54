// An instance of examples/bullmq-repeatable in a process of its own, which tells its parent what it has taken up.

import { startInstance, type InstanceOptions } from '../../../examples/bullmq-repeatable/instance.js'
import { placeIn } from '../place.js'
import type { LiveServer } from '../servers/live-server.js'

export interface InstanceOrder extends Pick<InstanceOptions, 'redisUrl' | 'pattern' | 'worker'> {
  /** Without its functions, which do not travel. */
  readonly server: LiveServer
  readonly folder: string
}

process.on('message', ({ server, folder, ...options }: InstanceOrder) => {
  void startInstance({ ...options, bucket: placeIn(server, folder) }).then(({ worker }) => {
    worker.on('active', ({ id }) => process.send?.(id))
  })
})
process.on('disconnect', () => process.exit(1))
