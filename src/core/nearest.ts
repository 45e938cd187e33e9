/**
 * The known word that somebody probably meant, or null when none is close. Case, dashes and underscores do not count
 * (`base_url` is `baseUrl`); otherwise about one slip in three letters is forgiven. Of equally close words the first one wins.
 */
export function nearest(word: string, known: Iterable<string>): string | null {
  const plain = flat(word)
  let best: string | null = null
  let least = Math.min(4, Math.floor(plain.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(plain, flat(candidate), least)
    if (distance >= least) continue
    best = candidate
    least = distance
  }
  return best
}

const flat = (word: string): string => word.toLowerCase().replace(/[\s_-]/g, '')

/** Edits (insert, delete, replace, swap of neighbours) that lead from one word to the other; stops counting at `limit`. */
function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) >= limit) return limit
  let before: readonly number[] = []
  let above: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row += 1) {
    const current = distanceRow(from, to, row, above, before)
    if (Math.min(...current) > limit) return limit
    before = above
    above = current
  }
  return above[to.length] ?? limit
}

function distanceRow(from: string, to: string, row: number, above: readonly number[], before: readonly number[]): readonly number[] {
  const current = [row]
  const at = (line: readonly number[], column: number): number => line[column] ?? Infinity
  for (let column = 1; column <= to.length; column += 1) {
    const same = from[row - 1] === to[column - 1]
    const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
    const edits = [at(above, column) + 1, at(current, column - 1) + 1, at(above, column - 1) + (same ? 0 : 1)]
    if (swapped) edits.push(at(before, column - 2) + 1)
    current.push(Math.min(...edits))
  }
  return current
}
