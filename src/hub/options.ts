import { z } from 'zod'
import { bindUrlSchema, countSchema, httpUrlSchema, isHostOrigin, urlPrefixSchema } from '../core/option-schemas.ts'
import { defineOptions, opt, optional, pathText } from '../core/options.ts'
import { secondsSchema } from '../core/units.ts'
import { parseVaultKeys } from '../lib/secrets.ts'
import type { SectionValues } from '../core/options.ts'

/** Options of the hub: its addresses, limits, sessions and the API. */
export const hubOptions = defineOptions('hub', 'The hub: addresses, limits, sessions, API.', {
  baseUrl: opt(urlPrefixSchema, '/', 'Path below which everything lives: hub, users, services.', { source: 'JupyterHub.base_url' }),
  publicUrl: optional(
    httpUrlSchema,
    'Address that people type into the browser, when it is not that of proxy.bindUrl: behind nginx, with a domain name. Its path must be hub.baseUrl.',
    { source: 'JupyterHub.public_url', example: 'https://hub.example.org/' },
  ),
  subdomainHost: optional(
    z
      .string()
      .refine(isHostOrigin, "expected an address of a host name without path, such as 'https://hub.example.org'")
      .transform((text) => new URL(text).origin),
    "Gives everybody's servers a host of their own below that of the hub (https://alice.hub.example.org), so that their pages cannot reach each other or the hub. Needs DNS and a certificate for *.hub.example.org.",
    { source: 'JupyterHub.subdomain_host', example: 'https://hub.example.org' },
  ),
  bindUrl: opt(bindUrlSchema, 'http://127.0.0.1:8081', 'Address on which the hub answers the proxy and the notebook servers.', {
    source: 'JupyterHub.hub_bind_url',
  }),
  connectUrl: optional(
    httpUrlSchema,
    'Address at which the proxy and the notebook servers reach the hub, when it is not that of hub.bindUrl: in containers, on other machines.',
    { source: 'JupyterHub.hub_connect_url', example: 'http://orrery:8081' },
  ),
  allowNamedServers: opt(z.boolean(), false, 'Lets everyone have several servers, each with a name.', {
    source: 'JupyterHub.allow_named_servers',
  }),
  namedServerLimitPerUser: opt(countSchema(), 0, 'How many named servers one person may have. 0: as many as they like.', {
    unit: 'servers',
    source: 'JupyterHub.named_server_limit_per_user',
  }),
  concurrentSpawnLimit: opt(
    countSchema(),
    100,
    'How many servers may be starting at one time; further starts are asked to come back. 0: no limit.',
    {
      unit: 'servers',
      source: 'JupyterHub.concurrent_spawn_limit',
    },
  ),
  activeServerLimit: opt(countSchema(), 0, 'How many servers may run at one time. 0: no limit.', {
    unit: 'servers',
    source: 'JupyterHub.active_server_limit',
  }),
  slowSpawnTimeoutSeconds: opt(secondsSchema, 10, 'How long an API request to start a server waits before it answers 202 instead of 201.', {
    unit: 'seconds',
    source: 'JupyterHub.tornado_settings.slow_spawn_timeout',
  }),
  slowStopTimeoutSeconds: opt(secondsSchema, 10, 'How long an API request to stop a server waits before it answers 202 instead of 204.', {
    unit: 'seconds',
    source: 'JupyterHub.tornado_settings.slow_stop_timeout',
  }),
  defaultUrl: optional(z.string().startsWith('/'), 'Where people land after they signed in, when they did not ask for a page.', {
    source: 'JupyterHub.default_url',
    example: '/hub/home',
  }),
  redirectToServer: opt(z.boolean(), true, 'Takes people to their server after they signed in, when it runs or can be started.', {
    source: 'JupyterHub.redirect_to_server',
  }),
  implicitSpawnSeconds: opt(
    secondsSchema,
    0,
    'How long the page of a server that is not running waits before it starts it by itself. 0: it waits for a click.',
    {
      unit: 'seconds',
      source: 'JupyterHub.implicit_spawn_seconds',
    },
  ),
  useLegacyStoppedServerStatusCode: opt(z.boolean(), false, 'Answers 503 instead of 424 for the API of a server that is not running.', {
    source: 'JupyterHub.use_legacy_stopped_server_status_code',
  }),
  cookieMaxAgeDays: opt(z.number().positive(), 14, 'How long a sign-in lasts.', { unit: 'days', source: 'JupyterHub.cookie_max_age_days' }),
  cookieSecretFile: optional(
    pathText(),
    'File with the key that signs cookies, in hex. Made on the first start, in the data directory, when not given.',
    {
      source: 'JupyterHub.cookie_secret_file',
      example: './cookie-secret',
    },
  ),
  cryptKeys: optional(
    z.string().refine((text) => parseVaultKeys(text) !== null, 'expected keys of 32 bytes in hex or base64, separated by semicolons'),
    'Keys that encrypt secrets in the database, separated by semicolons: 32 bytes each, in hex or base64. The first encrypts, all decrypt. Made on the first start when not given.',
    { secret: true, source: 'CryptKeeper.keys', env: ['JUPYTERHUB_CRYPT_KEY'] },
  ),
  tokenExpiresInMaxSeconds: opt(secondsSchema, 0, 'The longest life that an API token may be given. 0: no limit.', {
    unit: 'seconds',
    source: 'JupyterHub.token_expires_in_max_seconds',
  }),
  oauthTokenExpiresInSeconds: optional(
    secondsSchema,
    'How long a notebook server believes that somebody is signed in. As long as a sign-in when not given.',
    {
      unit: 'seconds',
      source: 'JupyterHub.oauth_token_expires_in',
      example: 1_209_600,
    },
  ),
  activityResolutionSeconds: opt(secondsSchema, 30, 'Activity is written to the database at most this often for each person and server.', {
    unit: 'seconds',
    source: 'JupyterHub.activity_resolution',
  }),
  apiPageDefaultLimit: opt(countSchema(1), 50, 'Length of a page of an API list when the client does not say.', {
    unit: 'entries',
    source: 'JupyterHub.api_page_default_limit',
  }),
  apiPageMaxLimit: opt(countSchema(1), 200, 'The longest page of an API list.', {
    unit: 'entries',
    source: 'JupyterHub.api_page_max_limit',
  }),
  archiveDir: optional(
    pathText(),
    'Folder for archives of the files of people who are removed. When not given: the folder `archive` in the data directory.',
    { example: '/srv/orrery-archive' },
  ),
  language: optional(z.enum(['en', 'ko']), 'Language of all pages. When not given, everyone gets that of their browser and can switch.', {
    example: 'en',
  }),
  adminUser: optional(z.string().min(1), 'Name of the first administrator, made on the first start instead of printing a set-up link.', {
    env: ['ORRERY_ADMIN_USER'],
    example: 'alice',
  }),
  adminPassword: optional(
    z.string().min(1),
    'Password of the first administrator. Only used together with hub.adminUser, while there is no user.',
    {
      env: ['ORRERY_ADMIN_PASSWORD'],
      secret: true,
    },
  ),
})

/** Values of the section `hub`. */
export type HubOptions = SectionValues<typeof hubOptions>
