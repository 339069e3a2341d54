// What examples/source-clickhouse says of itself.

import { clickhouseServer } from '../sources/clickhouse-server.js'
import { selectionCheck } from '../sources/selection-check.js'
import { sourceChecks } from '../sources/source-checks.js'
import type { Check } from './check.js'

export const clickhouseSourceChecks: readonly Check[] = [
  ...sourceChecks(clickhouseServer),
  selectionCheck(clickhouseServer),
]
