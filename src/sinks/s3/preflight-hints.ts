// In: what a server turned out not to do. Out: the provider to declare.

import { ABILITIES, type S3Abilities, type S3Provider } from './providers.js'

/** An ability that a provider declares and a server lacks. */
export interface Breach {
  readonly ability: 'conditionalPut' | 'conditionalComplete' | 'expectedBucketOwner'
  /** In words that follow "the server". */
  readonly does: string
  /** Whether it answers as if it had the ability. */
  readonly silently: boolean
}

// From the most to the least that is relied on.
const CANDIDATES: readonly S3Provider[] = ['aws', 'minio', 'ceph', 'generic', 'b2']

/** What to declare instead, or undefined when nothing speaks against the provider. */
export function providerHint(declared: S3Provider, breaches: readonly Breach[]): string | undefined {
  if (breaches.length === 0) return undefined
  const fits = (abilities: S3Abilities): boolean =>
    breaches.every(({ ability, silently }) => {
      const has = abilities[ability]
      // 'try' finds out by a refusal.
      return has === false || (has === 'try' && !silently)
    })
  const other = CANDIDATES.find((each) => each !== declared && fits(ABILITIES[each])) ?? 'b2'
  const does = breaches.map((breach) => breach.does).join(', and ')
  return `the provider "${declared}" is declared, but the server ${does}; declare "${other}"`
}
