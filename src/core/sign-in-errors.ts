import type { ErrorRow } from './error-row.ts'

/** Errors of signing in elsewhere, and of the ways into an account. */
export const signInErrors = {
  login_expired: {
    status: 400,
    title: 'This sign-in is over: it was begun more than {minutes} minutes ago, or is already done.',
    hint: 'Start again.',
  },
  login_foreign: {
    status: 400,
    title: 'This sign-in was not begun in this browser.',
    hint: 'Start again from {start}, and let the browser keep cookies of this site.',
  },
  login_denied: { status: 400, title: '{service} was not allowed to say who you are.', hint: 'Sign in again and allow it.' },
  login_refused: {
    status: 400,
    title: '{service} refused the sign-in: {reason}.',
    hint: 'Start again. If it stays, tell the administrator of this hub.',
  },
  account_not_allowed: {
    status: 403,
    title: '{user} is not on the list of people who may use this hub.',
    hint: 'You are signed in at {service}, that part went well. Ask an administrator of this hub to add {user} to the list.',
  },
  callback_unknown: {
    status: 500,
    title: 'This hub does not know the address under which browsers reach it.',
    hint: 'An administrator has to set hub.publicUrl, or callbackUrl of the authenticator {authenticator}.',
  },
  domain_not_allowed: {
    status: 403,
    title: 'Only people of {domains} may sign in here.',
    hint: 'Choose your account of {domains} at {service}.',
  },
  email_unverified: {
    status: 403,
    title: 'Your e-mail address is not confirmed at {service}.',
    hint: 'Confirm it there, then sign in again.',
  },
  provider_callback_wrong: {
    status: 502,
    title: '{service} knows another callback address than this hub.',
    hint: 'An administrator registers {expected} at {service}, or corrects callbackUrl of the authenticator {authenticator}.',
  },
  provider_client_wrong: {
    status: 502,
    title: '{service} does not accept the client id or the client secret of this hub.',
    hint: 'An administrator has to correct clientId and clientSecret of the authenticator {authenticator}.',
  },
  provider_unreachable: {
    status: 503,
    title: '{service} does not answer.',
    hint: 'Try again in a moment. Notebooks that run go on running.',
  },
  provider_rate_limited: {
    status: 503,
    title: '{service} asks this hub to wait before it answers again.',
    hint: 'Try again after {resetAt:clock}. Notebooks that run go on running.',
  },
  provider_answer_odd: {
    status: 502,
    title: '{service} gave an answer that cannot be used: {reason}.',
    hint: 'Try again. If it stays, an administrator finds more in the log of the hub.',
  },
  name_taken: {
    status: 403,
    title: 'The name {user} belongs to an account that is signed in to in another way.',
    hint: 'If it is yours, sign in that way and link this one on the page Account. Otherwise ask an administrator.',
  },
  identity_taken: {
    status: 409,
    title: '{login} already belongs to another account of this hub.',
    hint: 'Sign in to that one and unlink it there, or choose another one.',
  },
  identity_not_found: { status: 404, title: 'There is no such way to sign in.', hint: '' },
  last_way_in: {
    status: 409,
    title: 'Without it you could not sign in any more.',
    hint: 'Link another way to sign in first.',
  },
  link_foreign: {
    status: 403,
    title: 'You are not signed in as when this was begun.',
    hint: 'Begin again on the page Account.',
  },
} as const satisfies Record<string, ErrorRow>
