import type { Host } from '../boot/host.ts'

/** What a flag of a command is: a switch, or one that takes a value. */
export type Flag =
  | { readonly kind: 'switch'; readonly doc: string; readonly short?: string }
  | { readonly kind: 'value'; readonly placeholder: string; readonly doc: string; readonly short?: string }

/** Flags of a command by their long names. */
export type Flags = { readonly [name: string]: Flag }

/** What was given for the flags. */
export type FlagValues<F extends Flags> = { readonly [K in keyof F]: F[K]['kind'] extends 'switch' ? boolean : string | undefined }

/** One call of a command. */
export type Call<F extends Flags> = {
  readonly flags: FlagValues<F>
  /** Words that are no flags. */
  readonly words: readonly string[]
  readonly host: Host
}

/** 0 done, 1 failed, 2 wrong usage or configuration. */
export type ExitCode = number

/** A command. */
export type Command<F extends Flags = Flags> = {
  /** What follows the name: `NAME [--admin]`. */
  readonly usage: string
  /** What it does, for its help: whole sentences. */
  readonly doc: string
  readonly examples: readonly { readonly line: string; readonly doc: string }[]
  readonly flags: F
  /** Fewest and most words. */
  readonly words: readonly [least: number, most: number]
  run(call: Call<F>): Promise<ExitCode>
}

/** A command that reads its arguments itself, because they are those of another program. */
export type RawCommand = { run(host: Host, args: readonly string[]): Promise<ExitCode> }

/** Declares a command; its flags give the types of what `run` receives. */
export const defineCommand = <const F extends Flags>(command: Command<F>): Command<F> => command

/** Flags of every command that needs the configuration. */
export const configFlags = {
  config: {
    kind: 'value',
    placeholder: 'FILE',
    doc: 'Configuration file. Else ORRERY_CONFIG, else orrery.config.{ts,mjs,json,yaml} here or in the data directory.',
  },
  'data-dir': {
    kind: 'value',
    placeholder: 'DIR',
    doc: 'Folder of database, secrets and homes. Else ORRERY_DATA_DIR, else ./orrery-data.',
  },
} as const satisfies Flags

/** Flags that say where people reach everything. */
export const placeFlags = {
  host: { kind: 'value', placeholder: 'A', doc: 'Address to listen on, in place of that of proxy.bindUrl. * means every address.' },
  port: { kind: 'value', placeholder: 'N', doc: 'Port to listen on, in place of that of proxy.bindUrl.' },
} as const satisfies Flags

/** The flag of commands that print data. */
export const jsonFlag = { json: { kind: 'switch', doc: 'Prints JSON.' } } as const satisfies Flags
