/**
 * The lines that have come since the last look. Both looks show the end of one growing text; nothing in common means that more has come than
 * a look shows. A last line that was still being written when it was seen comes again when it is complete.
 */
export function newLines(before: readonly string[], now: readonly string[]): readonly string[] {
  for (let kept = Math.min(before.length, now.length); kept > 0; kept -= 1) {
    const old = before.slice(-kept)
    const wasWritten = (old.at(-1) ?? '') !== (now[kept - 1] ?? '')
    const isSame = old.every((line, index) => line === now[index] || (index === kept - 1 && (now[index] ?? '').startsWith(line)))
    if (isSame) return now.slice(wasWritten ? kept - 1 : kept)
  }
  return now
}
