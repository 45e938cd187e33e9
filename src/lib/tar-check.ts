const block = 512

/** What a tar archive holds, as far as its heads say. */
export type TarFacts = { readonly entries: number; readonly bytes: number }

/**
 * Reads a tar archive to its end and looks at every head: its sum, and that the archive ends where it says so. Keeps no more than a piece of it in
 * memory. Throws one sentence when it is cut off or damaged, or when there is nothing in it.
 */
export async function checkTar(archive: AsyncIterable<unknown>): Promise<TarFacts> {
  let rest: Buffer = Buffer.alloc(0)
  let skip = 0
  let [entries, bytes, hasEnded] = [0, 0, false]
  for await (const chunk of archive) {
    if (!Buffer.isBuffer(chunk) || hasEnded) continue
    const from = Math.min(skip, chunk.length)
    skip -= from
    rest = rest.length === 0 ? chunk.subarray(from) : Buffer.concat([rest, chunk.subarray(from)])
    while (rest.length >= block && !hasEnded) {
      const head = rest.subarray(0, block)
      hasEnded = head.every((byte) => byte === 0)
      if (hasEnded) break
      const size = sizeIn(head)
      const whole = block + Math.ceil(size / block) * block
      ;[entries, bytes] = [entries + 1, bytes + size]
      skip = Math.max(0, whole - rest.length)
      rest = rest.subarray(Math.min(whole, rest.length))
    }
  }
  if (!hasEnded) throw new Error('the archive is cut off')
  if (entries === 0) throw new Error('the archive is empty')
  return { entries, bytes }
}

/** Bytes of what follows a head. Throws when its sum is wrong. */
function sizeIn(head: Buffer): number {
  const said = octal(head, 148, 8)
  const sum = head.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
  if (sum !== said) throw new Error('the archive is damaged')
  const isBinary = ((head[124] ?? 0) & 0x80) !== 0
  return isBinary ? head.readUIntBE(130, 6) : octal(head, 124, 12)
}

const octal = (head: Buffer, from: number, length: number): number =>
  Number.parseInt(
    head
      .toString('latin1', from, from + length)
      .replaceAll('\0', ' ')
      .trim() || '0',
    8,
  )
