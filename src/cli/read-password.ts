import type { Host } from '../boot/host.ts'

/** The first line of standard input. Throws one sentence when it is empty. */
export async function readPassword(host: Host): Promise<string> {
  const [line = ''] = (await host.readInput()).split(/\r?\n/)
  if (line === '') throw new Error('There is no password on standard input.')
  return line
}
