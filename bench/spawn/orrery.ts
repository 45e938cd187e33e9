import { signedInClient } from '../../test/support/api-client.ts'
import type { dockerHub } from '../../test/support/docker-hub.ts'
import { admin, preparePlace, startOrrery } from '../../test/support/orrery.ts'
import type { Contestant } from './contestant.ts'
import { hubContestant } from './hub.ts'

/** Orrery with its own proxy, as `orrery start` runs it. */
export async function startOrreryHub({ spawner, homeOf }: Awaited<ReturnType<typeof dockerHub>>): Promise<Contestant> {
  const place = await preparePlace({ spawner, hub: { slowSpawnTimeoutSeconds: 60, slowStopTimeoutSeconds: 60 } })
  const orrery = await startOrrery(place)
  const close = async (): Promise<void> => {
    await orrery.stop()
    await place.remove()
  }
  const { token } = await signedInClient(place.url, admin.name, admin.password).catch(async (error: unknown) => {
    await close()
    throw error
  })
  return hubContestant({ name: 'Orrery', origin: place.url, token, homeOf, close })
}
