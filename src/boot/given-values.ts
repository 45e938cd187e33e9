import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { environmentText } from './environment.ts'
import { isPlainObject } from './config-file.ts'
import { unwrap } from './schema-words.ts'
import type { Origin } from './config-problem.ts'

/** A value as somebody gave it, before it is parsed. */
export type Given = { readonly value: unknown; readonly origin: Origin }

/** What is around the configuration: variables, and the folder of relative paths that come from them. */
export type Surroundings = { readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string }

/** The secret, or what is wrong with the place that it should come from and how to mend that. */
export type SecretResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly what: string; readonly fix: string }

/** A secret itself, where `{ file }` or `{ env }` stands for it. One line end at the end of a file does not belong to the secret. */
export async function resolveSecret(given: Given, around: Surroundings): Promise<SecretResult> {
  const reference = secretReference(given.value)
  if (reference === null) return { ok: true, value: given.value }
  if (reference.kind === 'env') {
    const text = environmentText(around.env, reference.name)
    if (text !== null) return { ok: true, value: text }
    return {
      ok: false,
      what: `the environment variable ${reference.name} is not set`,
      fix: `Set ${reference.name}, or give the secret as { file: '…' }.`,
    }
  }
  const path = resolve(folderOf(given.origin, around.cwd), reference.name)
  try {
    const text = (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
    if (text !== '') return { ok: true, value: text }
    return { ok: false, what: `the file ${path} is empty`, fix: 'Write the secret into it.' }
  } catch {
    return { ok: false, what: `the file ${path} cannot be read`, fix: 'Correct the path, or let the account that runs the hub read it.' }
  }
}

function secretReference(value: unknown): { readonly kind: 'file' | 'env'; readonly name: string } | null {
  if (!isPlainObject(value) || Object.keys(value).length !== 1) return null
  const { file, env } = value
  if (typeof file === 'string') return { kind: 'file', name: file }
  return typeof env === 'string' ? { kind: 'env', name: env } : null
}

/** The folder that relative paths of a value start from. */
export const folderOf = (origin: Origin, cwd: string): string => (origin.kind === 'file' ? dirname(origin.file) : cwd)

/** The parsed value with every path in it (`pathText`) made absolute. */
export function absolutePaths(schema: unknown, value: unknown, folder: string): unknown {
  const bare = unwrap(schema)
  if (typeof value === 'string') return isPathSchema(bare) ? resolve(folder, value) : value
  if (Array.isArray(value) && bare instanceof z.ZodArray) return value.map((item) => absolutePaths(bare.element, item, folder))
  if (!isPlainObject(value) || !(bare instanceof z.ZodObject)) return value
  const shape: Readonly<Record<string, unknown>> = bare.shape
  return Object.fromEntries(Object.entries(value).map(([key, item]): [string, unknown] => [key, absolutePaths(shape[key], item, folder)]))
}

const isPathSchema = (schema: unknown): boolean => schema instanceof z.ZodString && schema.meta()?.['format'] === 'path'

/** The value, unchangeable all the way down. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (Array.isArray(value) || isPlainObject(value)) Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
