import { html as template, raw } from 'hono/html'
import type { Json } from '../core/json.ts'

/** Text that is safe to send as HTML. Only `html` and `trusted` make it; every other text is escaped when it meets a template. */
export type Html = string & { readonly isEscaped: true }

/** What a place of a template accepts. `null`, `undefined` and booleans render as nothing. */
export type HtmlValue = string | number | boolean | null | undefined | Html | readonly HtmlValue[]

/** A template: escapes every value that is not `Html` already, joins lists. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const out = template(strings, ...values)
  if (out instanceof Promise) throw new TypeError('a template got a promise')
  return out
}

/** Marks text as HTML. For text that is part of the program only, never for anything that came from outside. */
export const trusted = (text: string): Html => raw(text)

/** Nothing. */
export const none: Html = trusted('')

const dangerous: Record<string, string> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026', '\u2028': '\\u2028', '\u2029': '\\u2029' }

/** A data block for scripts; inert under any content policy, and no text in it can end the element. */
export function dataBlock(id: string, data: Json): Html {
  const text = JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, (char) => dangerous[char] ?? '')
  return html`<script type="application/json" id="${id}">${trusted(text)}</script>`
}
