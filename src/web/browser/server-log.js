import { repeat } from './page.js'

const holder = document.querySelector('[data-log-url]')
const log = document.getElementById('log')
const address = holder instanceof HTMLElement ? holder.dataset['logUrl'] : undefined

if (log !== null && address !== undefined) {
  void repeat(2_000, async () => {
    if (getSelection()?.isCollapsed === false) return true
    const response = await fetch(address, { signal: AbortSignal.timeout(5_000) })
    if (!response.ok) return false
    const text = (await response.text()).trimEnd()
    if (text === '' || text === log.textContent) return true
    const atEnd = window.innerHeight + window.scrollY >= document.body.scrollHeight - 40
    log.textContent = text
    if (atEnd) window.scrollTo(0, document.body.scrollHeight)
    return true
  })
}
