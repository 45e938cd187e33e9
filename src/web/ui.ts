import type { Ms } from '../core/time.ts'
import type { Locale, Translate } from './i18n.ts'
import { translator } from './i18n.ts'

/** Colours: as the system says, or as the visitor chose. */
export type Theme = 'system' | 'light' | 'dark'

/** The entry of the main navigation that a page belongs to. */
export type NavEntry = 'home' | 'account' | 'people' | 'servers' | 'health'

/** What every view needs to know besides its data. */
export type Ui = {
  readonly t: Translate
  readonly locale: Locale
  readonly theme: Theme
  /** The visitor may choose the language; false when the operator has. */
  readonly canSwitch: boolean
  /** `/` or `/pre/`. */
  readonly baseUrl: string
  /** Origin of the hub when servers have hosts of their own below it. */
  readonly subdomainHost?: string | undefined
  /** `/hub/` or `/pre/hub/`. */
  readonly hubPrefix: string
  /** Value for the hidden `_xsrf` field of forms. */
  readonly xsrf: string
  /** Who is signed in. `admin`: may see the administration. */
  readonly user: { readonly name: string; readonly admin: boolean } | null
  readonly nav: NavEntry | null
  /** Path and query of this page, for coming back after changing language or colours. */
  readonly here: string
  /** Path of a static file, with the hash of its content. */
  readonly asset: (name: string) => string
  /** Time of the request: what "2 minutes ago" counts from. */
  readonly now: Ms
}

/** Completes what a request knows to a `Ui`. */
export const createUi = (facts: Omit<Ui, 't'>): Ui => ({ ...facts, t: translator(facts.locale) })
