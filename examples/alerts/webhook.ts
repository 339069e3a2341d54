// Posts to an incoming webhook of Slack, or to anything that takes its JSON.

/**
 * Posts a text; rejects unless it was taken.
 *
 * The address of a webhook is a secret, and is in no error: one that names it is not passed on.
 */
export async function postText(url: string, text: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: escaped(text) }),
    redirect: 'error',
    signal,
  }).catch((error: unknown) => {
    throw new Error(reasonOf(error))
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`status ${response.status}`)
}

// What Slack would take for a link or a mention.
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function reasonOf(error: unknown): string {
  const { name, cause } = error instanceof Error ? error : { name: 'unknown', cause: undefined }
  const { code } = (cause ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' ? code : name
}
