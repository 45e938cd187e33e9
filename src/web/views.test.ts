import assert from 'node:assert/strict'
import { test } from 'node:test'
import { examples, uiFor } from '../../test/support/gallery.ts'
import { hostileNames } from '../../test/support/gallery-data.ts'
import { dataBlock, html, none, trusted } from './html.ts'
import { locales } from './i18n.ts'

const looks = locales.map((locale) => ({ locale, theme: 'system' as const }))
const everyPage = (userName?: string): readonly { readonly name: string; readonly text: string }[] =>
  looks.flatMap((look) =>
    examples.map((example) => ({
      name: `${example.name} (${look.locale})`,
      text: example.render(uiFor(example, userName === undefined ? look : { ...look, userName })).toString(),
    })),
  )

/** What must never be in a page when every name in it is hostile: markup that came out of a name. */
const breakouts: readonly RegExp[] = [
  /<script>/i,
  /<img/i,
  /<b>"/,
  /"\s*onmouseover=/i,
  /'\s*onmouseover='/i,
  /<\/script><script>/i,
  /<\/textarea><script/i,
]

test('no name gets out of its place, in any view and language', () => {
  for (const userName of hostileNames) {
    for (const { name, text } of everyPage(userName)) {
      for (const pattern of breakouts)
        assert.doesNotMatch(text.replace(/<script type="application\/json"[\s\S]*?<\/script>/g, ''), pattern, name)
    }
  }
})

test('a hostile name changes no tag of any page', () => {
  const tagsOf = (text: string): string => (text.match(/<\/?[a-z0-9]+/g) ?? []).join(' ')
  const plain = everyPage('zed')
  for (const userName of hostileNames) {
    everyPage(userName).forEach(({ name, text }, index) => assert.equal(tagsOf(text), tagsOf(plain[index]?.text ?? ''), name))
  }
})

test('pages keep to the content policy: no inline script, no inline style, nothing from elsewhere', () => {
  for (const { name, text } of everyPage()) {
    assert.doesNotMatch(text, /\sstyle="/, name)
    assert.doesNotMatch(text, /<style/, name)
    assert.doesNotMatch(text, /\son[a-z]+="/, name)
    assert.doesNotMatch(text, /javascript:/i, name)
    assert.deepEqual(
      [...text.matchAll(/<script\b[^>]*>/g)].filter(([tag]) => !/ src="\/hub\/|type="application\/json"/.test(tag)),
      [],
      name,
    )
    assert.deepEqual([...text.matchAll(/ (?:src|href)="(https?:)?\/\/[^"]*"/g)], [], name)
  }
})

test('no place of a page was filled with nothing known', () => {
  for (const { name, text } of everyPage()) {
    assert.doesNotMatch(text, /\bundefined\b|\[object |\bNaN\b|\bnull\b(?!,|\})/, name)
  }
})

test('every form that changes something carries the XSRF token', () => {
  for (const { name, text } of everyPage()) {
    for (const [form] of text.matchAll(/<form\b[\s\S]*?<\/form>/g)) {
      if (/method="get"/.test(form)) continue
      assert.match(form, /method="post"/, name)
      assert.match(form, /<input type="hidden" name="_xsrf" value="example-xsrf-token">/, name)
    }
  }
})

test('ids are unique within a page, and labels point to something', () => {
  for (const { name, text } of everyPage().filter((page) => !page.name.startsWith('strange'))) {
    const ids = [...text.matchAll(/ id="([^"]*)"/g)].map(([, id = '']) => id)
    assert.deepEqual(
      ids.filter((id, index) => ids.indexOf(id) !== index),
      [],
      name,
    )
    const targets = [...text.matchAll(/ (?:for|aria-labelledby|aria-describedby)="([^"]*)"/g)].flatMap(([, all = '']) => all.split(' '))
    assert.deepEqual(
      targets.filter((id) => !ids.includes(id)),
      [],
      name,
    )
  }
})

test('the hooks that scripts of existing deployments look for are there', () => {
  const pageOf = (name: string): string => everyPage().find((page) => page.name === `${name} (en)`)?.text ?? ''
  const hooks: Readonly<Record<string, readonly RegExp[]>> = {
    home: [
      /id="thenavbar"/,
      /id="jupyterhub-logo" href="\/hub\/"/,
      /id="logout"/,
      /id="start" href="\/user\/alice\/"/,
      /id="stop"/,
      /class="[^"]*home-server-row" data-server-name="thesis-gpu"/,
      /class="new-server-name"/,
      /new-server-btn/,
      /id="start-stats-course"[^>]*href="\/hub\/spawn\/alice\/stats-course"/,
      /id="error-dialog"[\s\S]*class="ajax-error"/,
    ],
    login: [/id="login-main"[\s\S]*<form/, /<label for="username_input">Username/, /<label for="password_input">Password/, /name="_xsrf"/],
    'login-wrong': [/class="[^"]*login_error"/],
    pending: [
      /id="progress-bar"/,
      /id="progress-message"/,
      /id="progress-log"/,
      /id="stop-server-btn"/,
      /<noscript><meta http-equiv="refresh"/,
    ],
    'not-running': [/<a [^>]*id="start"[^>]*href="\/hub\/spawn\/alice\?next=%2Fuser%2Falice%2Flab%2Ftree%2Fa%20b.ipynb"/],
    tokens: [
      /id="request-token-form"/,
      /id="token-note"/,
      /id="token-expiration-seconds"/,
      /<option value="3600">/,
      /<option value="" selected>/,
      /id="token-scopes"/,
      /id="token-result"/,
      /<tr class="token-row" data-token-id="1">/,
      /revoke-token-btn/,
    ],
    authorize: [
      /<input type="hidden" name="scopes" value="access:services!service=grading">/,
      /name="raw-scopes"[^>]*checked disabled/,
      /type="submit"/,
    ],
  }
  for (const [name, patterns] of Object.entries(hooks)) {
    for (const pattern of patterns) assert.match(pageOf(name), pattern, name)
  }
})

test('a template escapes what is text and keeps what is HTML', () => {
  assert.equal(
    html`<p title="${`"'<&>`}">${'<b>'}${html`<i>${1}</i>`}${[html`<br>`, '&', none]}${null}${undefined}${false}</p>`.toString(),
    '<p title="&quot;&#39;&lt;&amp;&gt;">&lt;b&gt;<i>1</i><br>&amp;</p>',
  )
  assert.equal(html`${trusted('<hr>')}`.toString(), '<hr>')
})

test('a data block survives any text', () => {
  const text = dataBlock('x', { a: '</script><!--\u2028&' }).toString()
  assert.doesNotMatch(text.slice(1), /<[^/]|<\/(?!script>$)|\u2028|&/)
  const [, body = ''] = />([\s\S]*)<\/script>$/.exec(text) ?? []
  assert.deepEqual(JSON.parse(body), { a: '</script><!--\u2028&' })
})
