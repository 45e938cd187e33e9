/** What the page tells its scripts, in an element of its own because the content policy allows no inline script. */

/**
 * Parses a data block of the page.
 * @param {string} id
 * @returns {Record<string, any>}
 */
export function dataOf(id) {
  return JSON.parse(document.getElementById(id)?.textContent ?? '{}')
}

/** @type {Record<string, any>} */
export const pageData = dataOf('page-data')

/**
 * An address of this site with the XSRF token in its query, for event streams, which cannot send headers.
 * @param {string} path
 */
export function withXsrf(path) {
  const url = new URL(path, location.origin)
  url.searchParams.set('_xsrf', pageData['xsrf_token'])
  return url.href
}

/**
 * Says at the bottom of the page that something did not work. An empty text takes it away.
 * @param {string} text
 */
export function showProblem(text) {
  const dialog = document.getElementById('error-dialog')
  const place = dialog?.querySelector('.ajax-error')
  if (!dialog || !place) return
  place.textContent = text
  dialog.hidden = text === ''
}

/**
 * Fetches a page of this site and puts its part with that id in place of ours. Nothing happens when the answer is no such page.
 * @param {string} path
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<boolean>} whether it worked
 */
export async function refreshPart(path, id, signal) {
  const response = await fetch(path, { headers: { accept: 'text/html' }, signal: signal ?? AbortSignal.timeout(10_000) })
  if (!response.ok || response.redirected) return false
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').getElementById(id)
  const old = document.getElementById(id)
  if (fresh === null || old === null) return false
  if (fresh.innerHTML !== old.innerHTML) old.replaceWith(fresh)
  return true
}

/**
 * Calls again and again while the page is looked at; the next call waits for the one before.
 * @param {number} everyMs
 * @param {() => Promise<boolean>} work resolves with whether to go on
 */
export async function repeat(everyMs, work) {
  for (let goOn = true; goOn;) {
    await new Promise((resolve) => setTimeout(resolve, everyMs))
    if (!document.hidden) goOn = await work().catch(() => true)
  }
}
