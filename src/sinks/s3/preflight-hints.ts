// In: what a server turned out not to do. Out: the profile to declare.

import { ABILITIES, type S3Abilities, type S3Profile } from './profiles.js'

/** An ability that a profile declares and a server lacks. */
export interface Breach {
  readonly ability: 'conditionalPut' | 'conditionalComplete' | 'expectedBucketOwner'
  /** In words that follow "the server". */
  readonly does: string
  /** Whether it answers as if it had the ability. */
  readonly silently: boolean
}

// From the most to the least that is relied on.
const CANDIDATES: readonly S3Profile[] = ['aws', 'minio', 'ceph', 'generic', 'b2']

/** What to declare instead, or undefined when nothing speaks against the profile. */
export function profileHint(declared: S3Profile, breaches: readonly Breach[]): string | undefined {
  if (breaches.length === 0) return undefined
  const fits = (abilities: S3Abilities): boolean =>
    breaches.every(({ ability, silently }) => {
      const has = abilities[ability]
      // 'try' finds out by a refusal.
      return has === false || (has === 'try' && !silently)
    })
  const other = CANDIDATES.find((each) => each !== declared && fits(ABILITIES[each])) ?? 'b2'
  const does = breaches.map((breach) => breach.does).join(', and ')
  return `the profile "${declared}" is declared, but the server ${does}; declare "${other}"`
}
