import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openChromium } from '../test/support/chromium.ts'
import { galleryNow } from '../test/support/gallery-data.ts'
import { openGallery } from '../test/support/gallery-server.ts'
import { examples } from '../test/support/gallery.ts'

const usage = `Shows every page of the hub with example data.
  node scripts/gallery.ts                        serves them and prints the address
  node scripts/gallery.ts --shots [--only a,b]   takes pictures into a temporary folder and prints it
                          [--locale ko] [--theme dark] [--width 390]`

const { values } = parseArgs({
  options: {
    shots: { type: 'boolean' },
    only: { type: 'string' },
    locale: { type: 'string', default: 'en' },
    theme: { type: 'string', default: 'light' },
    width: { type: 'string', default: '1180' },
    help: { type: 'boolean' },
  },
})

async function takeShots(origin: string): Promise<string> {
  const folder = join(tmpdir(), 'orrery-gallery')
  mkdirSync(folder, { recursive: true })
  const { locale, theme, only } = values
  const width = Number(values.width)
  const { context, close } = await openChromium({ width, height: width < 600 ? 780 : 720 })
  const page = await context.newPage()
  await page.clock.setFixedTime(galleryNow)
  for (const { name } of examples.filter((example) => only === undefined || only.split(',').includes(example.name))) {
    await page.goto(`${origin}/${name}?locale=${locale}&theme=${theme}`)
    await page.screenshot({ path: join(folder, `${[name, locale, theme, width].join('.')}.png`), fullPage: true, animations: 'disabled' })
  }
  await close()
  return folder
}

if (values.help === true) console.log(usage)
else {
  const gallery = await openGallery(values.shots === true ? 0 : 8123)
  console.log(values.shots === true ? await takeShots(gallery.origin).finally(gallery.close) : gallery.origin)
}
