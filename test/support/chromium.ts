import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { BrowserContext } from 'playwright-core'
import { toolPath } from './machine.ts'

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

type ChromiumOptions = {
  readonly locale?: string
  readonly width?: number
  readonly height?: number
  /** Rules such as `MAP *.example.org 127.0.0.1`, in place of the name service; certificates are then not checked. */
  readonly hostRules?: string
}

/** A Chromium with an empty profile of its own, closed by `close`. */
export async function openChromium(options: ChromiumOptions = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'orrery-chromium-'))
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: toolPath('chromium'),
    args: options.hostRules === undefined ? flags : [...flags, `--host-resolver-rules=${options.hostRules}`],
    ignoreHTTPSErrors: options.hostRules !== undefined,
    locale: options.locale ?? 'en-US',
    viewport: { width: options.width ?? 1280, height: options.height ?? 900 },
  })
  const close = async (): Promise<void> => {
    await context.close()
    await rm(profile, { recursive: true, force: true })
  }
  return { context, close }
}
