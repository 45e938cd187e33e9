import type { GithubWorld } from './world.ts'

const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** A small page: a button for each person, and one to refuse. */
export function authorizePage({ people }: GithubWorld, url: URL): Response {
  const buttons = people.map(
    ({ login }) => `<button name="person" value="${escape(login)}" id="as-${escape(login)}">${escape(login)}</button>`,
  )
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Authorize application</title>
<h1>Who are you?</h1><form method="post" action="${escape(`${url.pathname}${url.search}`)}">
${buttons.join('\n')}
<button name="person" value="" id="cancel">Cancel</button></form></html>`
  return new Response(body, { headers: { 'content-type': 'text/html; charset=utf-8' } })
}
