/** Where a value came from. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly file: string; readonly line: number | null }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'flag'; readonly name: string }

/** One thing that is wrong with the configuration. */
export type ConfigProblem = {
  /** `hub.baseUrl`, `authenticators[0].clientId`; the name of a section, a file or a variable when no option is meant. */
  readonly option: string
  readonly origin: Origin
  /** What is wrong, as the end of a sentence that begins with the option. */
  readonly what: string
  /** What to do, one sentence. */
  readonly fix: string
}

/** `orrery.config.ts:3`, `ORRERY_HUB_BASE_URL`, `--port`, `default`. */
export function formatOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'default':
      return 'default'
    case 'file':
      return origin.line === null ? origin.file : `${origin.file}:${origin.line}`
    case 'env':
    case 'flag':
      return origin.name
    default:
      return origin satisfies never
  }
}

/** All problems in one text, one paragraph each. */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  const head = problems.length === 1 ? 'The configuration has a problem:' : `The configuration has ${problems.length} problems:`
  return [head, ...problems.map(formatProblem)].join('\n')
}

function formatProblem({ option, origin, what, fix }: ConfigProblem): string {
  const source = origin.kind === 'default' ? '' : ` (${formatOrigin(origin)})`
  return `  ${option}${source}: ${what}.\n    ${fix}`
}
