import { join } from 'node:path'
import { baseImage } from './docker/base-image.ts'
import { buildImage, contentHash, hasImage } from './docker/build-image.ts'
import { withMachineLock } from './docker/machine-lock.ts'
import { buildOrrery, orreryContent } from './docker/orrery-image.ts'
import { wheelsFor } from './docker/wheels.ts'
import type { DockerEngine } from './docker-engine.ts'

export { buildFromLines } from './docker/build-image.ts'

const root = join(import.meta.dirname, '..', '..')

/**
 * Tag of an image whose server starts in a moment and does what a hub can see of a notebook server (as `light-server.mjs`), with user,
 * folders and port of the notebook image. Built when the engine does not have it. Requires `needs('docker', 'debootstrap')`.
 */
export async function lightImage({ api }: DockerEngine): Promise<string> {
  const base = await baseImage(api)
  const folder = join(root, 'test', 'docker', 'images', 'light')
  const tag = `orrery-test/light:${contentHash([folder], base)}`
  await once(api, tag, () => buildImage(api, tag, { folders: [folder], args: { BASE: base } }))
  return tag
}

/**
 * Tag of an image with JupyterLab and jupyterhub-singleuser, made by `deploy/docker/notebook/Dockerfile`: entry point, user, home and port
 * as in the public images. Built when the engine does not have it. Requires `needs('docker', 'debootstrap')`.
 */
export async function notebookImage({ api }: DockerEngine): Promise<string> {
  const base = await baseImage(api)
  const folder = join(root, 'deploy', 'docker', 'notebook')
  const wheels = await wheelsFor(api, base)
  const tag = `orrery-test/notebook:${contentHash([folder], base, wheels)}`
  await once(api, tag, () => buildImage(api, tag, { folders: [folder, wheels], args: { BASE: base } }))
  return tag
}

/** Tag of the image of hub and proxy, made by `deploy/docker/Dockerfile`. Built when the engine does not have it. Requires `needs('docker', 'debootstrap')`. */
export async function orreryImage({ api }: DockerEngine): Promise<string> {
  const base = await baseImage(api)
  const tag = `orrery-test/orrery:${contentHash([], base, orreryContent())}`
  await once(api, tag, () => buildOrrery(api, tag, base))
  return tag
}

/** Two processes that want the same image build it once. */
async function once(api: DockerEngine['api'], tag: string, build: () => Promise<void>): Promise<void> {
  if (await hasImage(api, tag)) return
  await withMachineLock(tag.replace(/:.*/, ''), async () => {
    if (!(await hasImage(api, tag))) await build()
  })
}
