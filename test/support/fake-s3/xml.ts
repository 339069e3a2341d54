import { S3Error } from './errors.js'

export interface XmlElement {
  name: string
  text: string
  children: XmlElement[]
}

const namedEntities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** Control characters go out as numeric references, as S3 does: a key may hold them, plain XML may not. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]|\p{Cc}/gu, (char) => {
    if (char === '&') return '&amp;'
    if (char === '<') return '&lt;'
    if (char === '>') return '&gt;'
    if (char === '"') return '&quot;'
    return `&#x${(char.codePointAt(0) ?? 0).toString(16)};`
  })
}

/** One element with text, or nothing at all when the value is undefined. */
export function leaf(name: string, value: string | number | boolean | undefined): string {
  return value === undefined ? '' : `<${name}>${escapeXml(String(value))}</${name}>`
}

export function branch(name: string, children: readonly string[]): string {
  return `<${name}>${children.join('')}</${name}>`
}

export function document(name: string, children: readonly string[]): string {
  const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/'
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="${namespace}">${children.join('')}</${name}>`
}

/** Reads the small documents that S3 clients send; attributes are dropped, nesting must be right. */
export function parseXml(source: string, expectedRoot: string): XmlElement {
  const top: XmlElement = { name: '', text: '', children: [] }
  const open: XmlElement[] = [top]
  const withoutProlog = source.replace(/<\?[^]*?\?>|<!--[^]*?-->/g, '')
  for (const match of withoutProlog.matchAll(/<(\/?)([\w:.-]+)[^>]*?(\/?)>|([^<]+)|</g)) {
    const [, closing, name, selfClosing, text] = match
    const parent = open.at(-1)
    if (parent === undefined) throw malformedXml()
    if (text !== undefined) {
      parent.text += decodeEntities(text)
    } else if (name === undefined) {
      throw malformedXml()
    } else if (closing === '/') {
      if (parent.name !== name || open.length === 1) throw malformedXml()
      open.pop()
    } else {
      const element: XmlElement = { name, text: '', children: [] }
      parent.children.push(element)
      if (selfClosing !== '/') open.push(element)
    }
  }
  const root = top.children[0]
  if (open.length !== 1 || root?.name !== expectedRoot) throw malformedXml()
  return root
}

export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text
}

export function malformedXml(): S3Error {
  return new S3Error(
    400,
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  )
}

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (_, hex?: string, decimal?: string, name?: string) => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal))
      const char = namedEntities[name ?? '']
      if (char === undefined) throw malformedXml()
      return char
    },
  )
}
