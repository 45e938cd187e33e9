import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import type { Config } from '../sections.ts'
import type { Finding } from './check.ts'

/** Files that are named can be read. */
export async function readableFiles({ access: who, proxy }: Config): Promise<Finding[]> {
  const files: [string, string | undefined][] = [
    ['access.userlist', who.userlist],
    ['proxy.tls.key', proxy.tls?.key],
    ['proxy.tls.cert', proxy.tls?.cert],
  ]
  const findings = files.map(async ([option, path]): Promise<Finding[]> => {
    if (path === undefined || (await isReadable(path))) return []
    return [{ option, what: `the file ${path} cannot be read`, fix: 'Correct the path, or let the account that runs Orrery read it.' }]
  })
  return (await Promise.all(findings)).flat()
}

const isReadable = (path: string): Promise<boolean> =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  )
