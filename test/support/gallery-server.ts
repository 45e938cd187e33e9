import { once } from 'node:events'
import { createServer } from 'node:http'
import { loadAssets } from '../../src/web/assets.ts'
import { parseLocale } from '../../src/web/i18n.ts'
import { examples, uiFor } from './gallery.ts'

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'"

/** A small server of all example pages: `/home?locale=ko&theme=dark`. Event streams stay open and say nothing. */
export async function openGallery(port = 0) {
  const assets = loadAssets()
  const list = `<ul>${examples.map(({ name }) => `<li><a href="/${name}">${name}</a> <a href="/${name}?locale=ko&theme=dark">ko dark</a></li>`).join('')}</ul>`

  const answer = (target: string): { readonly type: string; readonly body: string | Buffer } | null => {
    const url = new URL(target, 'http://localhost')
    if (url.pathname === '/') return { type: 'text/html', body: list }
    const asset = assets.files.get(url.pathname.replace('/hub/static/v/', ''))
    if (asset !== undefined) return { type: asset.type, body: asset.bytes }
    const example = examples.find(({ name }) => `/${name}` === url.pathname)
    if (example === undefined) return null
    const theme = url.searchParams.get('theme')
    const locale = parseLocale(url.searchParams.get('locale')) ?? 'en'
    const ui = uiFor(example, { locale, theme: theme === 'dark' || theme === 'light' ? theme : 'system' })
    return { type: 'text/html; charset=utf-8', body: example.render(ui).toString() }
  }

  const server = createServer((request, response) => {
    if (request.url?.startsWith('/hub/api/') === true) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('\n')
      return
    }
    const found = answer(request.url ?? '')
    response.writeHead(found === null ? 404 : 200, { 'content-type': found?.type ?? 'text/plain', 'content-security-policy': policy })
    response.end(found?.body ?? '')
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const close = (): void => {
    server.close()
    server.closeAllConnections()
  }
  return { origin: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`, close }
}
