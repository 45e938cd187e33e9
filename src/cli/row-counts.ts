const told = { users: 'people', groups: 'groups', servers: 'servers', tokens: 'tokens', sessions: 'sessions' } as const

/** `3 people, 1 groups, …`: what people ask about a database. */
export const countsIn = (rows: Readonly<Record<string, number>>): string =>
  Object.entries(told)
    .map(([table, word]) => `${rows[table] ?? 0} ${word}`)
    .join(', ')
