import { postgresServer } from '../sources/postgres-server.js'
import { sourceChecks } from '../sources/source-checks.js'
import type { Check } from './check.js'

/** What examples/source-postgres says of itself. */
export const postgresSourceChecks: readonly Check[] = sourceChecks(postgresServer)
