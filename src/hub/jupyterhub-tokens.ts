import type { Db } from '../db/database.ts'
import { jupyterHubTokens, setTokenHash } from '../db/tokens.ts'
import { isJupyterHubHash } from '../lib/jupyterhub-hash.ts'
import { sha256Hex } from '../lib/secrets.ts'

/** So many characters of a secret JupyterHub keeps as they are, to find it by. */
const prefixLength = 4

/** Gives a token that came from a JupyterHub our own hash, at its first use. False when the secret is none of those. */
export async function adoptJupyterHubToken(db: Db, secret: string): Promise<boolean> {
  const candidates = await jupyterHubTokens(db, secret.slice(0, prefixLength))
  const found = candidates.find(({ hashed }) => isJupyterHubHash(hashed, secret))
  if (found === undefined) return false
  await setTokenHash(db, found.id, sha256Hex(secret))
  return true
}
