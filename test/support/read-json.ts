import type { z } from 'zod'

/** The body of a reply, checked against a shape. */
export const readJson = async <T extends z.ZodType>(response: Response, shape: T): Promise<z.output<T>> =>
  shape.parse(await response.json())
