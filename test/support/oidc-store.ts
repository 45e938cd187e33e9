import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

/** Where a provider of a test keeps what it gave out: in memory, each provider for itself. */
export function createOidcStore(): AdapterFactory {
  const kept = new Map<string, AdapterPayload>()
  return (model) => {
    const keyOf = (id: string): string => `${model} ${id}`
    const where = (test: (payload: AdapterPayload) => boolean): Promise<AdapterPayload | undefined> =>
      Promise.resolve([...kept].find(([key, payload]) => key.startsWith(`${model} `) && test(payload))?.[1])
    const adapter: Adapter = {
      upsert: (id, payload) => Promise.resolve(void kept.set(keyOf(id), payload)),
      find: (id) => Promise.resolve(kept.get(keyOf(id))),
      findByUid: (uid) => where((payload) => payload.uid === uid),
      findByUserCode: (code) => where((payload) => payload.userCode === code),
      consume: (id) => {
        const payload = kept.get(keyOf(id))
        if (payload !== undefined) kept.set(keyOf(id), { ...payload, consumed: Math.floor(Date.now() / 1000) })
        return Promise.resolve()
      },
      destroy: (id) => Promise.resolve(void kept.delete(keyOf(id))),
      revokeByGrantId: (grantId) => {
        for (const [key, payload] of kept) if (payload.grantId === grantId) kept.delete(key)
        return Promise.resolve()
      },
    }
    return adapter
  }
}
