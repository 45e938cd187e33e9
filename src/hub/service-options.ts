import { z } from 'zod'
import { httpUrlSchema } from '../core/option-schemas.ts'
import { defineOptions, opt, optional, required } from '../core/options.ts'
import type { SectionValues } from '../core/options.ts'

const serviceName = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/, "expected a name of letters, digits, '.', '_' and '-'")
  .max(64)

/** Options of one entry of `services`: a program that uses the API with its own token, and may have pages. */
export const serviceOptions = defineOptions('services', 'Programs that use the API with a token of their own.', {
  name: required(serviceName, 'What it is called; its pages live at /services/NAME/.', { example: 'culler' }),
  apiToken: optional(z.string().min(8), 'Its API token.', { secret: true }),
  url: optional(httpUrlSchema, 'Where its pages answer; the proxy leads /services/NAME/ there.', { example: 'http://127.0.0.1:9000' }),
  admin: opt(z.boolean(), false, 'Gives it everything an administrator may do. Prefer a role.'),
  command: opt(z.array(z.string()), [], 'Not possible yet, and refused: start the program beside the hub, with its `apiToken`.', {
    example: ['python3', '-m', 'jupyterhub_idle_culler'],
  }),
  display: opt(z.boolean(), true, 'Shows it in the menu.'),
  info: opt(z.record(z.string(), z.json()), {}, 'Any facts that the API passes on.', { example: { contact: 'alice' } }),
  oauthClientId: optional(z.string().min(1), "Its OAuth client id; 'service-NAME' when not given.", { example: 'service-culler' }),
  oauthRedirectUri: optional(z.string().min(1), 'Where people come back to after they signed in to it.', {
    example: '/services/culler/oauth_callback',
  }),
  oauthClientAllowedScopes: opt(z.array(z.string()), [], 'Scopes that it may ask people for.', { example: ['read:users:name'] }),
  oauthNoConfirm: opt(z.boolean(), false, 'Signs people in to it without asking them.'),
})

/** Values of one entry of `services`. */
export type ServiceOptions = SectionValues<typeof serviceOptions>
