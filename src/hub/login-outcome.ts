import type { ErrorCode, ErrorDetail } from '../core/errors.ts'

/** How a login ends: in, as that account; or refused, with the code and detail of the error to show. */
export type LoginOutcome =
  | { readonly kind: 'in'; readonly userId: number; readonly userName: string; readonly admin: boolean }
  | {
      readonly kind: 'refused'
      readonly code: Extract<
        ErrorCode,
        'sign_in_failed' | 'name_taken' | 'rate_limited' | 'account_pending' | 'account_blocked' | 'forbidden'
      >
      readonly detail: ErrorDetail
    }

type Refused = Extract<LoginOutcome, { kind: 'refused' }>

/** A refusal. */
export const refuse = (code: Refused['code'], detail: ErrorDetail = {}): Refused => ({ kind: 'refused', code, detail })
