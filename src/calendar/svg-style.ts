// The colours of the image, light and dark, and the style that has both.

import type { Look } from './shades.js'

/** A day's ground, what is written on it, and its outline where it has one. */
interface Paint {
  readonly ground: string
  readonly ink: string
  readonly outline?: string
}

interface Palette extends Readonly<Record<Look, Paint>> {
  readonly card: Paint
  /** Of what matters less: on the ground of the card. */
  readonly quiet: string
}

export const LIGHT: Palette = {
  card: { ground: '#ffffff', ink: '#1f2328', outline: '#d0d7de' },
  quiet: '#59636e',
  shade1: { ground: '#d6e8fa', ink: '#1f2328' },
  shade2: { ground: '#9ac8f2', ink: '#1f2328' },
  shade3: { ground: '#4c9ae0', ink: '#101418' },
  shade4: { ground: '#0b559f', ink: '#ffffff' },
  empty: { ground: '#ffffff', ink: '#59636e', outline: '#8c959f' },
  missing: { ground: '#fff3cd', ink: '#5c4300', outline: '#9a6700' },
  damaged: { ground: '#c02a1d', ink: '#ffffff' },
}

export const DARK: Palette = {
  card: { ground: '#0d1117', ink: '#e6edf3', outline: '#30363d' },
  quiet: '#9198a1',
  shade1: { ground: '#12304f', ink: '#e6edf3' },
  shade2: { ground: '#1b558f', ink: '#ffffff' },
  shade3: { ground: '#4393dd', ink: '#0d1117' },
  shade4: { ground: '#a5d3fb', ink: '#0d1117' },
  empty: { ground: '#0d1117', ink: '#9198a1', outline: '#6e7681' },
  missing: { ground: '#332700', ink: '#f2cc60', outline: '#d29922' },
  damaged: { ground: '#da3633', ink: '#ffffff' },
}

const ROOT = '.dayfile-coverage'

/** Every rule is of the image alone: within a page the style holds for the whole page. */
export const STYLE = [
  `${ROOT}{max-width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}`,
  `${ROOT} text,${ROOT} path{pointer-events:none}`,
  `${ROOT} .title{font-size:15px;font-weight:600}`,
  `${ROOT} .month{font-weight:600}`,
  `${ROOT} .number,${ROOT} .weekday{font-size:10.5px;text-anchor:middle}`,
  `${ROOT} .missing{stroke-dasharray:3 2}`,
  `${ROOT} .on-damaged{font-weight:700}`,
  ...colors(LIGHT),
  `@media (prefers-color-scheme:dark){`,
  ...colors(DARK),
  '}',
].join('\n')

function colors({ card, quiet, ...looks }: Palette): string[] {
  return [
    `${ROOT} .card{fill:${card.ground};stroke:${card.outline ?? 'none'}}`,
    `${ROOT} text{fill:${card.ink}}`,
    `${ROOT} .quiet{fill:${quiet}}`,
    ...Object.entries(looks).flatMap(([look, { ground, ink, outline }]) => [
      `${ROOT} .${look}{fill:${ground}${outline === undefined ? '' : `;stroke:${outline}`}}`,
      `${ROOT} .on-${look}{fill:${ink}}`,
    ]),
  ]
}
