import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { Finding } from '../../core/findings.ts'
import { judgeCertificate } from '../../core/judge-installation.ts'
import type { Ms } from '../../core/time.ts'
import type { Config } from '../sections.ts'

/** Whether key and certificate of the proxy fit, and whether browsers take the certificate. Nothing without TLS. */
export async function lookAtTls({ proxy, hub }: Pick<Config, 'proxy' | 'hub'>, now: Ms): Promise<readonly Finding[]> {
  if (proxy.tls === undefined) return []
  const { key, cert } = proxy.tls
  try {
    const [keyText, certText] = await Promise.all([readFile(key), readFile(cert)])
    const leaf = new X509Certificate(certText)
    createSecureContext({ key: keyText, cert: certText, ...(proxy.tlsPassphrase === undefined ? {} : { passphrase: proxy.tlsPassphrase }) })
    const host = hub.publicUrl === undefined ? '' : new URL(hub.publicUrl).hostname.replace(/^\[|\]$/g, '')
    const covers = host === '' ? null : (isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)) !== undefined
    return judgeCertificate({ from: leaf.validFromDate.getTime(), to: leaf.validToDate.getTime(), host, covers }, now)
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown'
    return [/mismatch/i.test(reason) ? { code: 'tls_mismatch', detail: { key, cert } } : { code: 'tls_unusable', detail: { reason } }]
  }
}
