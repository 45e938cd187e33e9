import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** A key and its certificate, both PEM. */
export type KeyPair = { readonly key: string; readonly cert: string }

const tag = { integer: 2, bits: 3, octets: 4, oid: 6, utf8: 12, sequence: 0x30, set: 0x31, time: 23, dnsName: 0x82, address: 0x87 } as const

/** Encoded object identifiers (X.690 §8.19). */
const oid = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  subjectAltName: '551d11',
} as const

/** One element of DER: tag, length, content. */
function der(id: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.from([id, length]), content])
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([id, ...size]), content])
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const explicit = (number: number, content: Uint8Array): Buffer => der(0xa0 + number, content)
/** UTCTime: two digits of the year, which mean 1950 to 2049. */
const time = (at: Date): Buffer =>
  der(
    tag.time,
    Buffer.from(
      `${at
        .toISOString()
        .slice(2)
        .replace(/[-:T]|\..*/g, '')}Z`,
    ),
  )

function alternative(name: string): Buffer {
  return isIPv4(name) ? der(tag.address, Buffer.from(name.split('.').map(Number))) : der(tag.dnsName, Buffer.from(name))
}

/**
 * A P-256 key with a certificate that it has signed itself (RFC 5280 §4.1): for the time until a real one is there, and for tests. `names` are
 * host names, also with `*.` in front, or IPv4 addresses. Valid from an hour before `now`, for `days`.
 */
export function createSelfSigned(names: readonly string[], now: Date, days = 30): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const algorithm = der(tag.sequence, der(tag.oid, hex(oid.ecdsaWithSha256)))
  const commonName = der(tag.sequence, der(tag.oid, hex(oid.commonName)), der(tag.utf8, Buffer.from('self-signed')))
  const subject = der(tag.sequence, der(tag.set, commonName))
  const ends = new Date(now.getTime() + days * 86_400_000)
  const alternatives = der(tag.octets, der(tag.sequence, ...names.map(alternative)))
  const body = der(
    tag.sequence,
    explicit(0, der(tag.integer, hex('02'))),
    der(tag.integer, hex('01'), randomBytes(15)),
    algorithm,
    subject,
    der(tag.sequence, time(new Date(now.getTime() - 3_600_000)), time(ends)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, der(tag.sequence, der(tag.sequence, der(tag.oid, hex(oid.subjectAltName)), alternatives))),
  )
  const signature = der(tag.bits, hex('00'), sign('sha256', body, privateKey))
  const certificate = der(tag.sequence, body, algorithm, signature).toString('base64')
  const lines = certificate.match(/.{1,64}/g) ?? []
  const cert = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }), cert }
}
