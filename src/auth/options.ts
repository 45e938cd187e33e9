import { z } from 'zod'
import { countSchema } from '../core/option-schemas.ts'
import { defineOptions, opt, optional } from '../core/options.ts'
import type { SectionValues } from '../core/options.ts'

/** Options of accounts with a password that Orrery keeps itself. */
export const nativeOptions = defineOptions(
  'authenticators',
  'Accounts with a password, kept in the database.',
  {
    enableSignup: opt(z.boolean(), false, 'Lets people ask for an account themselves. An administrator approves it.', {
      source: 'NativeAuthenticator.enable_signup',
    }),
    openSignup: opt(z.boolean(), false, 'Accounts that people made themselves need no approval.', {
      source: 'NativeAuthenticator.open_signup',
    }),
    minimumPasswordLength: opt(countSchema(8), 10, 'The shortest password that is accepted.', {
      unit: 'characters',
      source: 'NativeAuthenticator.minimum_password_length',
    }),
    checkCommonPasswords: opt(z.boolean(), true, 'Refuses passwords that are easy to guess.', {
      source: 'NativeAuthenticator.check_common_password',
    }),
  },
  'native',
)

/** Options of the authenticator for trying things out: every name is let in. */
export const dummyOptions = defineOptions(
  'authenticators',
  'For trying things out: any name signs in, with one password for all or none.',
  {
    password: optional(z.string().min(1), 'The password of everybody. Without it any password will do.', {
      secret: true,
      source: 'DummyAuthenticator.password',
    }),
    insecureDummy: opt(z.boolean(), false, 'Allows this on an address that other machines can reach.'),
  },
  'dummy',
)

/** Values of an entry of `authenticators` with the kind `native`. */
export type NativeOptions = SectionValues<typeof nativeOptions>

/** Values of an entry of `authenticators` with the kind `dummy`. */
export type DummyOptions = SectionValues<typeof dummyOptions>
