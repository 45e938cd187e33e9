import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Json, JsonObject } from '../core/json.ts'
import type { Bit } from './schema.ts'

/** true → 1. */
export const toBit = (flag: boolean): Bit => (flag ? 1 : 0)

/** JSON columns are written by this program only, so the shape is the one that was written. */
export function readJson<T extends Json>(text: string): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one parser of JSON columns
  return JSON.parse(text) as T
}

/** The same for columns that hold one of a few words. */
export function readWord<T extends string>(text: string): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one parser of word columns
  return text as T
}

/** The same for columns that may be null. */
export const readJsonOrNull = <T extends Json>(text: string | null): T | null => (text === null ? null : readJson<T>(text))

/** A JSON object column. */
export const readObject = (text: string): JsonObject => readJson<JsonObject>(text)

/** A JSON column with a list of texts. */
export const readTexts = (text: string): readonly string[] => readJson<string[]>(text)

/** `count(*)` as a number in both databases. */
export const countRows = (): RawBuilder<number> => sql<number>`cast(count(*) as integer)`

/** Number of rows that a statement changed. */
export const changedRows = (result: { readonly numUpdatedRows?: bigint; readonly numDeletedRows?: bigint } | undefined): number =>
  Number(result?.numUpdatedRows ?? result?.numDeletedRows ?? 0)

const literal = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

/** Pattern of LIKE for what begins with the text; needs `escape '\\'`. */
export const beginningWith = (text: string): string => `${literal(text)}%`

/** A pattern for `like … escape '\'` that finds the text anywhere. */
export const containing = (text: string): string => `%${literal(text)}%`
