/** Round constants of FIPS 180-4 §4.2.2: fractions of the cube roots of the first 64 primes, computed instead of listed. */
const primes = Array.from({ length: 312 }, (_, n) => n).filter((n) => n > 1 && !hasDivisor(n))
const roundConstants = primes.slice(0, 64).map((prime) => fractionBits(prime, 3n))
const initialState = primes.slice(0, 8).map((prime) => fractionBits(prime, 2n))

function hasDivisor(n: number): boolean {
  for (let d = 2; d * d <= n; d += 1) if (n % d === 0) return true
  return false
}

/** First 32 bits of the fraction of the `degree`-th root, by exact integer bisection. */
function fractionBits(prime: number, degree: bigint): number {
  const target = BigInt(prime) << (32n * degree)
  let [low, high] = [0n, 1n << 40n]
  while (high - low > 1n) {
    const middle = (low + high) >> 1n
    if (middle ** degree <= target) low = middle
    else high = middle
  }
  return Number(low & 0xffffffffn)
}

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by))
const at = (words: ArrayLike<number>, index: number): number => words[index] ?? 0

/** The message with its padding (FIPS 180-4 §5.1.1) as big-endian words. */
function paddedWords(bytes: Uint8Array): Uint32Array {
  const words = new Uint32Array((((bytes.length + 8) >> 6) + 1) * 16)
  for (let i = 0; i <= bytes.length; i += 1) {
    const byte = i === bytes.length ? 0x80 : at(bytes, i)
    words[i >> 2] = at(words, i >> 2) | (byte << (24 - 8 * (i & 3)))
  }
  words[words.length - 1] = bytes.length * 8
  return words
}

/** Message schedule of one block, FIPS 180-4 §6.2.2 step 1. */
function schedule(block: Uint32Array): Uint32Array {
  const w = new Uint32Array(64)
  w.set(block)
  for (let t = 16; t < 64; t += 1) {
    const [early, late] = [at(w, t - 15), at(w, t - 2)]
    const small0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)
    const small1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10)
    w[t] = small1 + at(w, t - 7) + small0 + at(w, t - 16)
  }
  return w
}

/** FIPS 180-4 §6.2.2 steps 2 to 4. */
function compress(state: readonly number[], block: Uint32Array): number[] {
  const w = schedule(block)
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let t = 0; t < 64; t += 1) {
    const big1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const one = (h + big1 + ((e & f) ^ (~e & g)) + at(roundConstants, t) + at(w, t)) | 0
    const big0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const two = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0]
  }
  return [a, b, c, d, e, f, g, h].map((word, index) => (word + at(state, index)) | 0)
}

/**
 * SHA-256 (FIPS 180-4) of a short text in UTF-8, as 64 hex digits. Plain arithmetic, so that the pure rules of this folder can make names
 * that nobody can make collide; for secrets and long data use `lib/secrets.ts`.
 */
export function sha256Text(text: string): string {
  const words = paddedWords(new TextEncoder().encode(text))
  let state = initialState.map((word) => word | 0)
  for (let i = 0; i < words.length; i += 16) state = compress(state, words.subarray(i, i + 16))
  return state.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}
