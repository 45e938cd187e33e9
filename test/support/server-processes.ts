import { readFile, readdir } from 'node:fs/promises'

/** Pids of the light servers that run for a user, found by looking at the machine and not at anybody's notes. */
export async function lightServersOf(userName: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(pids.map(async (pid) => ((await isLightServerOf(pid, userName)) ? [pid] : [])))
  return found.flat()
}

async function isLightServerOf(pid: number, userName: string): Promise<boolean> {
  const words = await readWords(`/proc/${pid}/cmdline`)
  if (!words[1]?.endsWith('light-server.mjs')) return false
  return (await readWords(`/proc/${pid}/environ`)).includes(`JUPYTERHUB_USER=${userName}`)
}

const readWords = async (path: string): Promise<readonly string[]> => (await readFile(path, 'utf8').catch(() => '')).split('\0')
