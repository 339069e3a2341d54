// The consumer, as a scheduler starts it every day: `npm run consume -- FOLDER`.

import { join } from 'node:path'
import { directoryArchive } from 'dayfile/read'
import { consumeNew } from './consume.js'
import { openDatabase } from './database.js'

const [folder] = process.argv.slice(2)
if (folder === undefined)
  throw new Error('name the folder that has, or will have, exports, database and cursor.json')

// For S3: s3Archive({ bucket, prefix, region }) of dayfile/s3.
const archive = directoryArchive({ root: join(folder, 'exports') })
const database = await openDatabase(join(folder, 'database'), process.env.DATABASE_URL)
try {
  await consumeNew(archive, database, join(folder, 'cursor.json'), console.log)
} finally {
  await database.close()
}
