import type { InstallationSecrets } from '../lib/data-dir.ts'
import { createVault, parseVaultKeys } from '../lib/secrets.ts'
import type { Vault } from '../lib/secrets.ts'
import type { LoadedConfig } from './load-config.ts'

/** What keeps secrets in the database: with the keys of the configuration, else with the one of the data directory. */
export function vaultOf({ config }: Pick<LoadedConfig, 'config'>, secrets: Pick<InstallationSecrets, 'vaultKey'>): Vault {
  const { cryptKeys } = config.hub
  return createVault((cryptKeys === undefined ? null : parseVaultKeys(cryptKeys)) ?? secrets.vaultKey)
}
