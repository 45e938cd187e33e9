import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { faviconFile, logoFile } from './logo.ts'

/** A file that browsers load, ready to send. */
export type Asset = {
  readonly type: string
  readonly bytes: Buffer
  /** The same, compressed; null where it would not get smaller. */
  readonly brotli: Buffer | null
  readonly gzip: Buffer | null
}

/** All files that browsers load. */
export type Assets = {
  /** Hash over all of them: the first part of their addresses, so that they can be kept for ever. */
  readonly version: string
  readonly files: ReadonlyMap<string, Asset>
}

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
}

const here = new URL('.', import.meta.url)

function makeAsset(name: string, bytes: Buffer): Asset {
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 8, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  })
  const gzip = gzipSync(bytes, { level: 9 })
  return {
    type: types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
    bytes,
    brotli: brotli.length < bytes.length ? brotli : null,
    gzip: gzip.length < bytes.length ? gzip : null,
  }
}

/** Reads and compresses the files once, at the start. */
export function loadAssets(): Assets {
  const scripts = readdirSync(new URL('browser/', here)).filter((name) => name.endsWith('.js'))
  const sources: readonly (readonly [string, Buffer])[] = [
    ['style.css', readFileSync(new URL('style.css', here))],
    ['logo.svg', Buffer.from(logoFile)],
    ['favicon.svg', Buffer.from(faviconFile)],
    ...scripts.toSorted().map((name) => [`browser/${name}`, readFileSync(new URL(`browser/${name}`, here))] as const),
  ]
  const hash = createHash('sha256')
  for (const [name, bytes] of sources) hash.update(`${name}\0${bytes.length}\0`).update(bytes)
  return { version: hash.digest('hex').slice(0, 12), files: new Map(sources.map(([name, bytes]) => [name, makeAsset(name, bytes)])) }
}
