import { refreshPart, repeat } from './page.js'
import { refreshTimes } from './times.js'

// Cards of servers on their way change by themselves; once nothing is on its way, nothing is asked any more.
void repeat(2_000, async () => {
  if (document.querySelector('[data-state="starting"], [data-state="stopping"]') === null) return true
  // Somebody is working in the list: what they are about to press stays where it is.
  if (document.getElementById('server-list')?.contains(document.activeElement)) return true
  await refreshPart(location.href, 'server-list')
  refreshTimes()
  return true
})
