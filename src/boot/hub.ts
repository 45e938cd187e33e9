import { bindAddress } from '../core/option-schemas.ts'
import { listen } from '../http/listen.ts'
import { noFaults } from '../hub/faults.ts'
import type { Faults } from '../hub/faults.ts'
import { systemClock } from '../lib/clock.ts'
import { loadSecrets, prepareDataDir, readOrCreateSecret } from '../lib/data-dir.ts'
import { holdPresence } from './hub-presence.ts'
import { hubReachOf } from './hub-reach.ts'
import { listenPatiently } from './listen-patiently.ts'
import { makeLog } from './make-log.ts'
import { readyFacts } from './ready-facts.ts'
import { serveUntilStopped } from './serve-until-stopped.ts'
import { openStorage } from './storage.ts'
import { wireHub } from './wire-hub.ts'
import type { InstallationSecrets } from '../lib/data-dir.ts'
import type { Host } from './host.ts'
import type { LoadedConfig } from './load-config.ts'

/** The longest that requests which are under way hold up the end of the hub, milliseconds. */
const requestGraceMs = 2_000

/** How long the hub may take to end before the supervisor kills it, milliseconds. */
const stopDeadlineMs = 10_000

/** Runs the hub of an installation until the process is asked to end. Resolves with the exit code. Notebook servers go on running. */
export async function runHub(host: Host, loaded: LoadedConfig, faults: Faults = noFaults): Promise<number> {
  const { config, dataDir } = loaded
  const log = makeLog(config.log, 'hub', host)
  const bind = bindAddress(config.hub.bindUrl)
  for (const warning of loaded.warnings) log.warn('config.warning', { warning })
  const places = [{ ...bind, option: 'hub.bindUrl' }]
  return serveUntilStopped({ host, log, places, deadlineMs: 60_000 }, async (scope) => {
    await prepareDataDir(dataDir)
    const presence = holdPresence(dataDir)
    scope.onStop('presence', () => presence.release())
    const secrets = await hubSecrets(loaded)
    const database = await openStorage(loaded, log)
    scope.onStop('database', () => database.close())
    const reach = await hubReachOf({ host, loaded, log, database })
    const hub = await wireHub({ host, loaded, log, clock: systemClock, secrets, database, scope, faults, serversReach: reach.origin })
    const patience = { listen, clock: systemClock, log, scope, graceMs: requestGraceMs }
    // The first one is the operator's own choice: when that is missing the start says so.
    for (const [index, place] of reach.listenOn.entries()) await listenPatiently({ ...patience, isNeeded: index === 0 }, hub.answer, place)
    hub.begin()
    return { facts: readyFacts(config, hub.setUpPath, stopDeadlineMs), stopServers: () => hub.stopServers() }
  })
}

async function hubSecrets({ config, dataDir }: LoadedConfig): Promise<InstallationSecrets> {
  const secrets = await loadSecrets(dataDir)
  const file = config.hub.cookieSecretFile
  return file === undefined ? secrets : { ...secrets, cookieSecret: Buffer.from(await readOrCreateSecret(file), 'hex') }
}
