import type { Exchange } from './exchange.ts'
import type { PathPattern } from './path-pattern.ts'

/** Programs (JSON, tokens) or people (HTML, cookies). Decides how errors look and which content policy applies. */
export type Surface = 'api' | 'page'

/** One method on one path below the hub prefix, ready to answer. */
export type Route = {
  readonly surface: Surface
  readonly method: string
  /** Relative to the hub prefix, starting with '/': `/api/users/:user`. */
  readonly pattern: PathPattern
  answer(exchange: Exchange, params: Readonly<Record<string, string>>): Promise<Response>
}
