import type { Finding } from '../../core/findings.ts'
import type { Json } from '../../core/json.ts'
import { judgeSingleUser } from '../../core/judge-installation.ts'

/** What the facts of `describe` mean for somebody who looks at the installation. */
export function examineCommand(facts: Readonly<Record<string, Json>>, hubVersion: string): readonly Finding[] {
  const command = facts['command'] ?? null
  if (facts['found'] === false) return [{ code: 'spawner_command_missing', detail: { command } }]
  const version = facts['version'] ?? ''
  return [
    { code: 'spawner_ready', detail: { command, version } },
    ...(typeof version === 'string' ? judgeSingleUser(version, hubVersion) : []),
  ]
}
