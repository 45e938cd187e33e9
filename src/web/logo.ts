import { html, trusted } from './html.ts'
import type { Html } from './html.ts'

// A planet on each of two rings, seen from above, and the wheel in the middle that moves them.
const outerRing = 'M54.92 20.82A25.5 25.5 0 1 1 43.18 9.08'
const innerRing = 'M16.29 35.05A16 16 0 1 1 23.76 45.71'
const wheel =
  'M39.11 33.13L41.12 34.27L40.06 36.84L37.82 36.23L36.23 37.82L36.84 40.06L34.27 41.12L33.13 39.11L30.87 39.11L29.73 41.12L27.16 40.06L27.77 37.82' +
  'L26.18 36.23L23.94 36.84L22.88 34.27L24.89 33.13L24.89 30.87L22.88 29.73L23.94 27.16L26.18 27.77L27.77 26.18L27.16 23.94L29.73 22.88L30.87 24.89' +
  'L33.13 24.89L34.27 22.88L36.84 23.94L36.23 26.18L37.82 27.77L40.06 27.16L41.12 29.73L39.11 30.87ZM35 32a3 3 0 1 0-6 0a3 3 0 1 0 6 0Z'

const shapes = trusted(
  `<g class="orbit outer"><path d="${outerRing}" fill="none" stroke="currentColor" stroke-width="3.6" stroke-linecap="round"/>` +
    '<circle cx="50.03" cy="13.97" r="5.6" fill="currentColor"/></g>' +
    `<g class="orbit inner"><path d="${innerRing}" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round"/>` +
    `<circle cx="18.89" cy="41.18" r="3.7" fill="currentColor"/></g><path class="wheel" fill-rule="evenodd" d="${wheel}"/>`,
)

/** The mark, in the colours of the page. An empty label makes it decoration, for beside the name. */
export const logo = (label: string): Html =>
  label === ''
    ? html`<svg class="mark" viewBox="0 0 64 64" aria-hidden="true">${shapes}</svg>`
    : html`<svg class="mark" viewBox="0 0 64 64" role="img" aria-label="${label}">${shapes}</svg>`

const colours = 'svg{color:#2c4a8a}.wheel{fill:#8a5d0c}@media(prefers-color-scheme:dark){svg{color:#8fb0f4}.wheel{fill:#e3b45c}}'

/** The mark as a file of its own. */
export const logoFile = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64" role="img" aria-label="Orrery"><style>${colours}</style>${shapes}</svg>\n`

/** The mark drawn for 16 pixels: one ring, one planet, a full wheel. */
export const faviconFile =
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><style>${colours}</style>` +
  '<path d="M57.07 24.74A26 26 0 1 1 39.26 7.01" fill="none" stroke="currentColor" stroke-width="7" stroke-linecap="round"/>' +
  '<circle cx="50.4" cy="13.6" r="8.6" fill="currentColor"/><circle class="wheel" cx="32" cy="32" r="10.5"/></svg>\n'
