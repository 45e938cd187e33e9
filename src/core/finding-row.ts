/** One line of the tables of findings. */
export type FindingRow = {
  /** `good`: as it should be. `warn`: works, but somebody should know. `bad`: people will notice. */
  readonly level: 'good' | 'warn' | 'bad'
  readonly what: string
  readonly why: string
  /** The line to change or the command to run; empty when there is nothing to do. */
  readonly change: string
}
