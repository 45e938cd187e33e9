import { repeat } from './page.js'
import { refreshTimes } from './times.js'

/** Numbers of running servers change by themselves while somebody looks. The page itself is asked, so that its words are those of the server. */
void repeat(3_000, async () => {
  const shown = [...document.querySelectorAll('[data-usage]')]
  if (shown.length === 0) return true
  const response = await fetch(location.href, { headers: { accept: 'text/html' }, signal: AbortSignal.timeout(10_000) })
  if (!response.ok || response.redirected) return true
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
  for (const old of shown) {
    const mark = old instanceof HTMLElement ? (old.dataset['usage'] ?? '') : ''
    const next = fresh.querySelector(`[data-usage="${CSS.escape(mark)}"]`)
    if (next !== null && next.innerHTML !== old.innerHTML) old.replaceChildren(...next.childNodes)
  }
  refreshTimes()
  return true
})
