/** One row of the table. */
export type ErrorRow = {
  /** HTTP status of the reply. */
  status: number
  /** One plain sentence: what happened. `{name}` is replaced by the detail of that name, `{name:size}` and `{name:clock}` by bytes and a time in words. */
  title: string
  /** Sentences that say more, by the detail `how`. */
  titles?: Readonly<Record<string, string>>
  /** One plain sentence: what to do about it. Empty when there is nothing to do. */
  hint: string
}
