import type { Phase } from '../../src/core/server-state.ts'
import { toIso } from '../../src/core/time.ts'
import type { Usage } from '../../src/core/usage.ts'
import type { PhaseEvent } from '../../src/web/phase-steps.ts'
import type { ServerView } from '../../src/web/server-view.ts'
import type { PersonRow } from '../../src/web/views/admin/people.ts'

/** The moment at which every example page is looked at. */
export const galleryNow = Date.parse('2026-03-02T09:30:00.000Z')

/** A time before that moment. */
export const ago = (seconds: number): string => toIso(galleryNow - seconds * 1000)

/** Names that try to break a page: markup, quotes, script, template places, other directions of writing, very long ones. */
export const hostileNames = [
  `<script>alert("1")</script>`,
  `"><img src=x onerror=alert(2)>`,
  `' onmouseover='alert(3)`,
  '{name} {it} {0} \u0001',
  'مرحبا بالعالم',
  `👩🏽‍🚀 ${'아주긴이름'.repeat(50)}`.slice(0, 300),
  'x'.repeat(300),
  '</script><script>alert(4)</script><!--',
] as const

/** What a server uses that has little memory left. */
export const usage: Usage = {
  at: ago(1),
  cores: 0.84,
  cpuLimit: 2,
  memoryBytes: 3.72 * 2 ** 30,
  memoryLimitBytes: 4 * 2 ** 30,
  disk: { bytes: 12.4 * 2 ** 30, at: ago(240) },
  memoryKillAt: null,
}

/** A server of alice. */
export const server = (changes: Partial<ServerView> = {}): ServerView => ({
  userName: 'alice',
  name: '',
  displayName: '',
  kind: 'running',
  phase: null,
  progress: 100,
  since: ago(11_520),
  lastActivity: ago(130),
  failure: null,
  profile: null,
  larger: null,
  kept: null,
  usage: null,
  ...changes,
})

/** Events of one start: each phase with the seconds after the one before. */
export function events(
  steps: readonly (readonly [phase: Phase, seconds: number, data?: PhaseEvent['data']])[],
  startedSecondsAgo: number,
): readonly PhaseEvent[] {
  let at = galleryNow - startedSecondsAgo * 1000
  return steps.map(([phase, seconds, data], index) => {
    at += seconds * 1000
    return { id: index + 1, at: toIso(at), phase, progress: index * 15, message: phase, data: data ?? {} }
  })
}

/** What a notebook server writes while it starts. */
export const serverLog = [
  '[I 2026-03-02 09:29:52.118 ServerApp] Package jupyterlab took 0.0000s to import',
  '[I 2026-03-02 09:29:52.402 ServerApp] jupyterlab | extension was successfully linked.',
  '[I 2026-03-02 09:29:53.006 JupyterHubSingleUser] Starting jupyterhub single-user server extension',
  '[W 2026-03-02 09:29:53.544 ServerApp] A configuration file has an unknown option: ServerApp.colour',
  '[I 2026-03-02 09:29:54.000 ServerApp] Serving notebooks from local directory: /home/alice',
  '[I 2026-03-02 09:29:54.001 ServerApp] Jupyter Server 2.17.0 is running at:',
  '[I 2026-03-02 09:29:54.001 ServerApp] http://127.0.0.1:38211/user/alice/lab',
] as const

const kinds = ['running', 'running', 'stopped', 'starting', 'running', 'failed', 'stopped', 'stopping'] as const

/** A page full of people. */
export const people = (count: number): readonly PersonRow[] =>
  Array.from({ length: count }, (_, index) => ({
    name: index === 3 ? '김서연' : `student-${String(index + 1).padStart(2, '0')}`,
    admin: index === 0,
    status: index === 5 ? 'pending' : index === 8 ? 'invited' : index === 9 ? 'blocked' : 'active',
    groups: index % 3 === 0 ? ['physics-2'] : index % 3 === 1 ? ['physics-1', 'statistics'] : [],
    server: index === 5 || index > 7 ? 'stopped' : (kinds[index % kinds.length] ?? 'stopped'),
    othersRunning: index === 4 ? 2 : 0,
    lastActivity: index === 8 ? null : ago(60 * (index + 1) ** 3),
  }))
