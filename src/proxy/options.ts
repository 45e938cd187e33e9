import { z } from 'zod'
import { bindUrlSchema, countSchema, hostName, httpUrlSchema } from '../core/option-schemas.ts'
import { defineOptions, opt, optional, pathText } from '../core/options.ts'
import { secondsSchema } from '../core/units.ts'
import type { SectionValues } from '../core/options.ts'

const apiUrl = z
  .string()
  .refine(
    (text) => (text.startsWith('unix:') ? text.length > 'unix:'.length : bindUrlSchema.safeParse(text).success),
    "expected 'unix:PATH' or an address to listen on, such as 'http://127.0.0.1:8001'",
  )
const range = z
  .string()
  .regex(/^(?:[0-9a-fA-F:.]+(?:\/\d{1,3})?|\*)$/, "expected an address such as '10.0.0.1', a range such as '10.0.0.0/8', or '*'")

/** Options of the proxy, the one door that browsers use. */
export const proxyOptions = defineOptions('proxy', 'The proxy: the one address that browsers use.', {
  bindUrl: opt(bindUrlSchema, 'http://127.0.0.1:8000', 'Address on which people reach everything. https needs proxy.tls.', {
    source: 'JupyterHub.bind_url',
  }),
  tls: optional(
    z.strictObject({ key: pathText(), cert: pathText() }),
    'Certificate for https, as files: { key, cert }. Read again when they change.',
    { source: 'JupyterHub.ssl_key', example: { key: './tls/key.pem', cert: './tls/cert.pem' } },
  ),
  tlsPassphrase: optional(z.string(), 'Passphrase of the key of proxy.tls, when it has one.', {
    secret: true,
    env: ['CONFIGPROXY_SSL_KEY_PASSPHRASE'],
  }),
  redirectPort: optional(
    countSchema(1),
    'Port, usually 80, on which plain http is sent on to https. Certificate authorities also check over it who has the host.',
    { example: 80 },
  ),
  acmeDomains: opt(
    z.array(hostName),
    [],
    'Host names for which a certificate is ordered from a certificate authority by ACME, and renewed. In place of proxy.tls.',
    { example: ['hub.example.org'] },
  ),
  acmeAgreeToTerms: opt(
    z.boolean(),
    false,
    "Says that you agree to the terms of the certificate authority. Let's Encrypt: https://letsencrypt.org/repository/",
  ),
  acmeEmail: optional(z.email(), 'Address to which the certificate authority writes when something is wrong.', {
    example: 'ada@example.org',
  }),
  acmeDirectoryUrl: opt(httpUrlSchema, 'https://acme-v02.api.letsencrypt.org/directory', 'Where the certificate authority is asked.'),
  acmeCaFile: optional(
    pathText(),
    "Certificates by which the authority's own address is checked, when it is one of your own network. PEM.",
    {
      example: './tls/authority.pem',
    },
  ),
  apiUrl: optional(apiUrl, "Address of the proxy's own control API. A private socket in the data directory when not given.", {
    source: 'ConfigurableHTTPProxy.api_url',
    example: 'http://127.0.0.1:8001',
  }),
  authToken: optional(z.string().min(8), 'Token of the control API. Made on the first start, in the data directory, when not given.', {
    secret: true,
    source: 'ConfigurableHTTPProxy.auth_token',
    env: ['CONFIGPROXY_AUTH_TOKEN'],
  }),
  trustedProxies: opt(
    z.array(range),
    [],
    "Addresses of proxies in front of this one, whose X-Forwarded-For, -Proto and -Host are believed. '*' believes everybody.",
    { source: 'JupyterHub.trusted_downstream_ips', example: ['127.0.0.1', '10.0.0.0/8'] },
  ),
  drainSeconds: opt(secondsSchema, 5, 'How long a stop waits for requests that are under way.', { unit: 'seconds' }),
})

/** Values of the section `proxy`. */
export type ProxyOptions = SectionValues<typeof proxyOptions>
