import { readFileSync } from 'node:fs'
import type { SecureContextOptions } from 'node:tls'
import type { KeyPair } from '../lib/self-signed.ts'
import type { ProxySettings, TlsFiles } from './settings.ts'

/** Options of a secure context and how far the peer has to show itself. */
export type TlsMaterial = SecureContextOptions & { readonly requestCert: boolean; readonly rejectUnauthorized: boolean }

/** What node:tls needs, read from the files now. Throws the error of the file system when one cannot be read. */
export function readTls(files: TlsFiles, settings: TlsRules): TlsMaterial {
  const read = (name: string, file: string | null): Record<string, Buffer> => (file === null ? {} : { [name]: readFileSync(file) })
  return {
    ...read('key', files.keyFile),
    ...read('cert', files.certFile),
    ...read('dhparam', files.dhparamFile),
    ...(files.caFile === null ? {} : { ca: splitCertificates(readFileSync(files.caFile, 'latin1')) }),
    ...(files.passphrase === null ? {} : { passphrase: files.passphrase }),
    ...rulesOf(settings),
    requestCert: files.requestCert,
    rejectUnauthorized: files.rejectUnauthorized,
  }
}

/** The same for a certificate that is in memory; nobody is asked for theirs. */
export const tlsOf = ({ key, cert }: KeyPair, settings: TlsRules): TlsMaterial => ({
  key,
  cert,
  ...rulesOf(settings),
  requestCert: false,
  rejectUnauthorized: false,
})

type TlsRules = Pick<ProxySettings, 'ciphers' | 'minTlsVersion'>

const rulesOf = ({ ciphers, minTlsVersion }: TlsRules) => ({
  ...(ciphers === null ? {} : { ciphers }),
  ...(minTlsVersion === null ? {} : { minVersion: minTlsVersion }),
  honorCipherOrder: true,
})

/** The certificates of a bundle one by one. */
export function splitCertificates(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
}
