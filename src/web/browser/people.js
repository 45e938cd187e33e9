import { refreshPart } from './page.js'
import { refreshTimes } from './times.js'

const form = document.querySelector('form[data-live]')
let waiting = 0
let running = new AbortController()

/** Shows what the form asks for, without leaving the page. */
async function show() {
  if (!(form instanceof HTMLFormElement)) return
  running.abort()
  running = new AbortController()
  const query = new URLSearchParams()
  for (const [name, value] of new FormData(form)) {
    if (typeof value === 'string' && value !== '') query.set(name, value)
  }
  const address = `${form.action}${query.size === 0 ? '' : `?${query}`}`
  const worked = await refreshPart(address, 'people-list', running.signal).catch(() => null)
  if (worked === false) location.assign(address)
  if (worked !== true) return
  history.replaceState(null, '', address)
  refreshTimes()
}

if (form instanceof HTMLFormElement) {
  const button = form.querySelector('[data-submit]')
  if (button instanceof HTMLElement) button.hidden = true
  form.addEventListener('input', (event) => {
    clearTimeout(waiting)
    waiting = window.setTimeout(() => void show(), event.target instanceof HTMLSelectElement ? 0 : 250)
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    clearTimeout(waiting)
    void show()
  })
}
