// The same program for `npm start`: without S3_BUCKET it exports to an S3 in this process.

import { openBucket } from '../bucket.js'
import { runExport } from './run-export.mjs'

const { sink, close } = await openBucket()
process.exitCode = await runExport(process.argv.slice(2), sink)
await close()
