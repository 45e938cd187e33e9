/** A whole number in a path. Null for everything else. */
export const idIn = (params: Readonly<Record<string, string>>): number | null =>
  /^\d{1,10}$/.test(params['id'] ?? '') ? Number(params['id']) : null
