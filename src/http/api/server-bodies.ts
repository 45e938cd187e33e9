import { z } from 'zod'
import type { Json, JsonObject } from '../../core/json.ts'
import { JsonObjectSchema } from '../schemas.ts'

/** What a start or a new server was asked with. Left out: as it was. */
export type ServerWish = { readonly displayName: string | undefined; readonly userOptions: JsonObject | undefined }

/** How a server is shown: printable, no blank at either end, no two in a row. Kept in NFC. */
const DisplayName = z
  .string()
  .transform((text) => text.normalize('NFC'))
  .refine(
    (text) => text.length <= 255 && /^[^\s\p{C}]+(?: [^\s\p{C}]+)*$/u.test(text),
    'expected 1 to 255 printable characters with single blanks between them',
  )

const optionsLimitBytes = 65_536

const UserOptions = JsonObjectSchema.refine(
  (options) => JSON.stringify(options).length <= optionsLimitBytes,
  `expected at most ${optionsLimitBytes} bytes`,
)

const NamedWish = z.object({ display_name: DisplayName.optional(), user_options: UserOptions.nullable().optional() })

type Body = null | readonly [] | Readonly<Record<string, Json>>

function readWish(body: Body, context: z.RefinementCtx): ServerWish {
  if (body === null || Object.keys(body).length === 0) return { displayName: undefined, userOptions: undefined }
  const isNamed = Object.hasOwn(body, 'display_name') || Object.hasOwn(body, 'user_options')
  const parsed = NamedWish.safeParse(isNamed ? body : { user_options: body })
  if (parsed.success) return { displayName: parsed.data.display_name, userOptions: parsed.data.user_options ?? undefined }
  for (const issue of parsed.error.issues) context.addIssue({ code: 'custom', message: issue.message, path: issue.path })
  return z.NEVER
}

/**
 * Body of a start: `{ display_name?, user_options? }`; an object without either key is the options themselves;
 * nothing, `null`, `{}` and `[]` mean the options of last time.
 */
export const StartBody = z.union([z.null(), z.tuple([]), JsonObjectSchema]).transform(readWish)

/** Body of a change. */
export const EditBody = z
  .strictObject({ name: z.string().optional(), display_name: DisplayName.optional(), user_options: UserOptions.optional() })
  .refine((body) => Object.keys(body).length > 0, 'expected name, display_name or user_options')

/** Body of a stop. `remove`: a named server goes away once it has stopped. */
export const StopBody = z
  .object({ remove: z.boolean().optional() })
  .nullable()
  .transform((body) => ({ remove: body?.remove ?? false }))
