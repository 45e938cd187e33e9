import { pageData } from './page.js'
import { refreshTimes } from './times.js'

// Scripts of existing deployments look for the facts here.
Reflect.set(window, 'jhdata', pageData)

refreshTimes()
setInterval(refreshTimes, 20_000)

/** @param {HTMLButtonElement} button */
async function copyFor(button) {
  const source = document.getElementById(button.dataset['copy'] ?? '')
  const text = source instanceof HTMLInputElement || source instanceof HTMLTextAreaElement ? source.value : (source?.textContent ?? '')
  await navigator.clipboard.writeText(text)
  const before = button.textContent
  button.textContent = button.dataset['copied'] ?? before
  button.setAttribute('aria-live', 'polite')
  setTimeout(() => (button.textContent = before), 2_000)
}

// The clipboard is there only on addresses that the browser calls secure; elsewhere the text is selected by a click.
if (navigator.clipboard !== undefined) {
  for (const button of document.querySelectorAll('button[data-copy]')) {
    if (button instanceof HTMLButtonElement) button.hidden = false
  }
}

document.addEventListener('click', (event) => {
  if (!(event.target instanceof Element)) return
  const button = event.target.closest('button[data-copy]')
  if (button instanceof HTMLButtonElement) void copyFor(button)
  const field = event.target.closest('input[data-select]')
  if (field instanceof HTMLInputElement) field.select()
  const reload = event.target.closest('a[data-reload]')
  if (reload === null) return
  event.preventDefault()
  location.reload()
})

/**
 * Colours change at once; the form is still sent, so that the choice is kept.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 */
function switchTheme(form, submitter) {
  if (!(submitter instanceof HTMLButtonElement)) return
  document.documentElement.dataset['theme'] = submitter.value
  for (const button of form.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button === submitter))
  const body = new URLSearchParams()
  for (const [name, value] of new FormData(form, submitter)) body.append(name, typeof value === 'string' ? value : value.name)
  void fetch(form.action, { method: 'POST', body, redirect: 'manual' })
}

/**
 * Asks in the page's own words before a form is sent.
 * @param {HTMLFormElement} form
 */
function confirmFirst(form) {
  const question = form.dataset['confirm'] ?? ''
  const submit = form.querySelector('button')
  const dialog = document.createElement('dialog')
  const text = document.createElement('p')
  text.textContent = question
  const row = document.createElement('div')
  row.className = 'row'
  const no = document.createElement('button')
  no.className = 'btn'
  no.textContent = pageData['words']?.cancel ?? 'Cancel'
  const yes = document.createElement('button')
  yes.className = 'btn danger'
  yes.textContent = submit?.textContent ?? 'OK'
  row.append(no, yes)
  dialog.append(text, row)
  dialog.addEventListener('close', () => dialog.remove())
  no.addEventListener('click', () => dialog.close())
  yes.addEventListener('click', () => {
    form.dataset['confirmed'] = 'yes'
    form.requestSubmit()
    dialog.close()
  })
  document.body.append(dialog)
  dialog.showModal()
}

document.addEventListener('submit', (event) => {
  const form = event.target
  if (!(form instanceof HTMLFormElement)) return
  if (form.dataset['themeSwitch'] !== undefined) {
    event.preventDefault()
    switchTheme(form, event.submitter)
    return
  }
  if (form.dataset['confirm'] !== undefined && form.dataset['confirmed'] === undefined) {
    event.preventDefault()
    confirmFirst(form)
    return
  }
  // A second click while the first one is on its way would only confuse.
  if (form.dataset['sent'] !== undefined) event.preventDefault()
  if (form.method === 'post') form.dataset['sent'] = 'yes'
  event.submitter?.setAttribute('aria-busy', 'true')
})

// Coming back by the back button shows the page as it was, with forms that count as sent.
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) form.removeAttribute('data-sent')
  for (const button of document.querySelectorAll('[aria-busy]')) button.removeAttribute('aria-busy')
})

for (const again of document.querySelectorAll('input[data-same-as]')) {
  if (!(again instanceof HTMLInputElement)) continue
  const first = document.getElementById(again.dataset['sameAs'] ?? '')
  if (!(first instanceof HTMLInputElement)) continue
  const compare = () => again.setCustomValidity(again.value === first.value ? '' : (again.dataset['differs'] ?? ''))
  again.addEventListener('input', compare)
  first.addEventListener('input', compare)
}
