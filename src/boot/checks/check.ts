import type { Config } from '../sections.ts'

/** What is wrong with an option beside the others, and what to do. `what` ends a sentence that begins with the option. */
export type Finding = { readonly option: string; readonly what: string; readonly fix: string }

/** Looks at options that only make sense together. `uid`: account that runs the hub; null where there are none. */
export type Check = (config: Config, uid: number | null) => readonly Finding[]
