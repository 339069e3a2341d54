/**
 * A tag without its quotes, nor the mark that proxies which compress put before them. S3 takes either form in If-Match;
 * Ceph compares without taking the quotes off.
 */
export function unquoted(etag = ''): string {
  return etag.replace(/^(?:W\/)?"(.*)"$/, '$1')
}

/** The condition under which a version is replaced; null: only nothing. */
export function condition(ifMatch: string | null | undefined): { IfMatch?: string; IfNoneMatch?: string } {
  if (ifMatch === undefined) return {}
  return ifMatch === null ? { IfNoneMatch: '*' } : { IfMatch: ifMatch }
}
