/** One case of who wants to come in, under which rules (auth-and-security §9.1). */
export type AccessCase = {
  readonly allowAll: boolean
  /** The name is in `allowedUsers`. */
  readonly allowed: boolean
  readonly blocked: boolean
  /** The name is in `adminUsers`. */
  readonly admin: boolean
  /** There is an account of theirs; `counts`: and accounts let their owners in (`allowExistingUsers`). */
  readonly existing: 'no' | 'yes' | 'counts'
  /** A group (or organisation, or domain) lets them in. */
  readonly group: boolean
}

/** What has to come of a sort of cases. `any`: it does not matter. Written down by hand, in no way computed from the code. */
type Row = { readonly [K in keyof AccessCase]: AccessCase[K] | 'any' } & {
  readonly outcome: 'in' | 'account_blocked' | 'forbidden'
  readonly because: string
}

const any = 'any'

const rows: readonly Row[] = [
  {
    allowAll: any,
    allowed: any,
    blocked: true,
    admin: any,
    existing: any,
    group: any,
    outcome: 'account_blocked',
    because: 'a block beats everything',
  },
  { allowAll: true, allowed: any, blocked: false, admin: any, existing: any, group: any, outcome: 'in', because: 'everybody may' },
  {
    allowAll: false,
    allowed: true,
    blocked: false,
    admin: any,
    existing: any,
    group: any,
    outcome: 'in',
    because: 'the list has the name',
  },
  { allowAll: false, allowed: false, blocked: false, admin: true, existing: any, group: any, outcome: 'in', because: 'administrators may' },
  {
    allowAll: false,
    allowed: false,
    blocked: false,
    admin: false,
    existing: 'counts',
    group: any,
    outcome: 'in',
    because: 'accounts were said to count',
  },
  { allowAll: false, allowed: false, blocked: false, admin: false, existing: 'yes', group: true, outcome: 'in', because: 'the group may' },
  { allowAll: false, allowed: false, blocked: false, admin: false, existing: 'no', group: true, outcome: 'in', because: 'the group may' },
  {
    allowAll: false,
    allowed: false,
    blocked: false,
    admin: false,
    existing: 'yes',
    group: false,
    outcome: 'forbidden',
    because: 'an account alone opens nothing',
  },
  {
    allowAll: false,
    allowed: false,
    blocked: false,
    admin: false,
    existing: 'no',
    group: false,
    outcome: 'forbidden',
    because: 'nobody said yes',
  },
]

const columns = ['allowAll', 'allowed', 'blocked', 'admin', 'existing', 'group'] as const
const flags = [false, true] as const

/** Every case there is. */
export const accessRows = (): readonly AccessCase[] =>
  flags.flatMap((allowAll) =>
    flags.flatMap((allowed) =>
      flags.flatMap((blocked) =>
        flags.flatMap((admin) =>
          (['no', 'yes', 'counts'] as const).flatMap((existing) =>
            flags.map((group) => ({ allowAll, allowed, blocked, admin, existing, group })),
          ),
        ),
      ),
    ),
  )

/** The one row that speaks of the case. Throws when there is none, or more than one. */
export function rowFor(one: AccessCase): Row {
  const [row, ...others] = rows.filter((candidate) =>
    columns.every((column) => candidate[column] === any || candidate[column] === one[column]),
  )
  if (row === undefined || others.length > 0) throw new Error(`the rows do not say one thing about ${JSON.stringify(one)}`)
  return row
}
