import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { findUser } from '../../src/db/users.ts'
import { hubActor } from '../../src/hub/actor.ts'
import { until } from '../support/until.ts'
import { createPageWorld, password } from './page-world.ts'
import type { PageVisitor, PageWorld } from './page-world.ts'

const linkIn = (text: string): string => /value="http:\/\/hub\.test(\/hub\/invite\?token=[0-9a-f]+)"/.exec(text)?.[1] ?? ''

suite('people and their accounts', () => {
  let world: PageWorld
  let root: PageVisitor
  before(async () => {
    world = await createPageWorld()
    await world.addPerson('root', true)
    await world.addPerson('bob')
    root = world.visitor()
    await root.signIn('root')
  })
  after(() => world.close())

  const userNamed = async (name: string) => {
    const user = await findUser(world.database.db, name)
    if (user === null) throw new Error(`no user ${name}`)
    return user
  }

  test('added people get a link, choose a password with it once, and are in', async () => {
    const added = await root.submit('/hub/admin/add', { names: ' Carol \r\n\r\n김서연\r\na/b\r\ncarol', invite: 'yes' })
    assert.equal(added.status, 200)
    assert.match(added.text, /Could not be added[\s\S]*a\/b[\s\S]*it contains a slash/)
    const link = linkIn(added.text)
    assert.match((await root.get('/hub/admin?state=invited')).text, /data-user="carol"[\s\S]*invited/)
    const carol = world.visitor()
    const page = await carol.get(link)
    assert.match(page.text, /name="username"[^>]*value="carol"[^>]*readonly/)
    const token = link.split('=')[1] ?? ''
    const fields = { token, username: 'root', password, password_confirmation: password }
    const differing = await carol.submit('/hub/invite', { ...fields, password_confirmation: 'something else' })
    assert.equal(differing.status, 400)
    assert.match(differing.text, /the two entries differ/)
    assert.equal((await carol.submit('/hub/invite', { ...fields, password: 'aaaaaaaa', password_confirmation: 'aaaaaaaa' })).status, 400)
    assert.equal((await carol.submit('/hub/invite', fields)).location, '/hub/home')
    assert.match((await carol.get('/hub/home')).text, /<bdi>carol<\/bdi>/)
    assert.equal((await carol.get(link)).status, 404)
    assert.equal((await carol.submit('/hub/invite', fields)).status, 404)
  })

  test('the list finds people by a part of the name, whatever is typed', async () => {
    assert.match((await root.get(`/hub/admin?q=${encodeURIComponent('서연')}`)).text, /data-user="김서연"/)
    assert.doesNotMatch((await root.get('/hub/admin?q=BO')).text, /data-user="carol"/)
    assert.match((await root.get('/hub/admin?q=BO')).text, /data-user="bob"/)
    for (const query of [
      'q=%25',
      'q=_',
      "q='",
      'q=%22%3E%3Cb%3E',
      'state=none',
      'sort=x',
      'offset=-1',
      'offset=99999999999',
      'offset=50',
    ]) {
      assert.equal((await root.get(`/hub/admin?${query}`)).status, 200, query)
    }
    assert.match((await root.get('/hub/admin?state=admin')).text, /data-user="root"/)
    assert.doesNotMatch((await root.get('/hub/admin?state=admin')).text, /data-user="bob"/)
  })

  test('who is no administrator any more loses the pages at once', async () => {
    await world.addPerson('deputy')
    const deputy = world.visitor()
    await deputy.signIn('deputy')
    assert.equal((await deputy.get('/hub/admin')).status, 403)
    assert.equal((await root.submit('/hub/admin/people/deputy/make-admin')).location, '/hub/admin/people/deputy?notice=admin_made')
    assert.equal((await deputy.get('/hub/admin')).status, 200)
    assert.equal((await root.submit('/hub/admin/people/deputy/drop-admin')).status, 303)
    assert.equal((await deputy.get('/hub/admin')).status, 403)
  })

  test('a blocked person is out at once and cannot come back until unblocked', async () => {
    const bob = world.visitor()
    await bob.signIn('bob')
    await root.submit('/hub/admin/people/bob/block')
    assert.match((await bob.get('/hub/home')).location ?? '', /\/hub\/login/)
    const refused = await world.visitor().signIn('bob')
    assert.equal(refused.status, 403)
    assert.match(refused.text, /data-code="account_blocked"/)
    await root.submit('/hub/admin/people/bob/approve')
    assert.equal((await world.visitor().signIn('bob')).status, 302)
  })

  test('an administrator cannot remove, block or demote themselves', async () => {
    assert.equal((await root.submit('/hub/admin/people/root/remove')).status, 400)
    assert.equal((await root.submit('/hub/admin/people/root/block')).status, 403)
    assert.equal((await root.submit('/hub/admin/people/root/drop-admin')).status, 403)
    assert.doesNotMatch((await root.get('/hub/admin/people/root')).text, /people\/root\/(?:remove|block|drop-admin)/)
  })

  test('removing asks first, stops what runs, and then all is gone', async () => {
    const id = await world.addPerson('dave')
    const dave = world.visitor()
    await dave.signIn('dave')
    await dave.get('/hub/spawn')
    await until(async () => (await dave.get('/hub/spawn-pending/dave')).location === '/user/dave/')
    const asked = await root.get('/hub/admin/people/dave/remove')
    assert.match(asked.text, /Remove this person\?[\s\S]*A server still runs/)
    assert.equal((await root.submit('/hub/admin/people/dave/remove')).location, '/hub/admin?notice=removed')
    assert.equal(await findUser(world.database.db, 'dave'), null)
    assert.equal(world.gated.living(), 0)
    assert.match((await dave.get('/hub/home')).location ?? '', /login/)
    assert.equal((await root.get('/hub/admin/people/dave')).status, 404)
    assert.ok(id > 0)
  })

  test('an administrator sees, starts and stops the servers of others', async () => {
    assert.match((await root.get('/hub/admin/servers')).text, /No server is in this state/)
    await root.get('/hub/spawn/bob?next=%2Fhub%2Fadmin')
    await until(async () => /data-server="bob\/"/.test((await root.get('/hub/admin/servers?state=running')).text))
    assert.match((await root.get('/hub/admin')).text, /action="\/hub\/stop\/bob"/)
    assert.match((await root.get('/hub/admin/servers?q=bo')).text, /data-server="bob\/"/)
    assert.doesNotMatch((await root.get('/hub/admin/servers?q=zz')).text, /data-server="bob\/"/)
    assert.equal((await root.submit('/hub/stop/bob', { next: '/hub/admin/servers' })).location, '/hub/admin/servers')
    assert.equal((await root.submit('/hub/stop/bob', { next: 'https://evil.example/' })).location, '/hub/home?notice=server_stopped')
    await until(() => world.gated.living() === 0)
  })

  test('health tells findings in the language of the page', async () => {
    assert.match((await root.get('/hub/admin/health')).text, /Only 0\.4 GB are left for \/data[\s\S]*1 h 1 min/)
    assert.match((await root.get('/hub/admin/health', { 'accept-language': 'ko' })).text, /저장 공간이 0\.4GB밖에 남지 않았습니다/)
  })

  test('logins are listed where they can be ended, one by one or all others', async () => {
    const [first, second, third] = [world.visitor(), world.visitor(), world.visitor()]
    for (const visitor of [first, second, third]) await visitor.signIn('carol')
    const { text } = await first.get('/hub/account')
    const ids = [...text.matchAll(/sessions\/(\d+)\/end/g)].map(([, id = '']) => id)
    assert.ok(ids.length >= 2)
    assert.equal((await world.visitor().submit(`/hub/account/sessions/${ids[0]}/end`)).status, 403)
    const bob = world.visitor()
    await bob.signIn('bob')
    assert.equal((await bob.submit(`/hub/account/sessions/${ids[0]}/end`)).status, 404)
    assert.equal((await first.submit('/hub/account/sessions/end-others')).location, '/hub/account?notice=sessions_ended')
    assert.match((await second.get('/hub/home')).location ?? '', /login/)
    assert.equal((await first.get('/hub/home')).status, 200)
  })

  test('a changed password needs the old one and ends the other logins', async () => {
    const [here, there] = [world.visitor(), world.visitor()]
    await here.signIn('carol')
    await there.signIn('carol')
    const fresh = 'another brass wheel'
    const fields = { old_password: password, new_password: fresh, new_password_confirmation: fresh }
    assert.equal((await here.submit('/hub/change-password', { ...fields, old_password: 'not the old one' })).status, 403)
    assert.equal((await here.submit('/hub/change-password', fields)).location, '/hub/account?notice=password_changed')
    assert.match((await there.get('/hub/home')).location ?? '', /login/)
    assert.equal((await here.get('/hub/home')).status, 200)
    assert.equal((await world.visitor().signIn('carol', fresh)).status, 302)
  })

  test('a token is shown once, works, and is gone after it was revoked', async () => {
    const bob = world.visitor()
    await bob.signIn('bob')
    const made = await bob.submit('/hub/token', { note: '<i>nightly</i>', expires_in: '3600', scopes: '' })
    const [, secret = ''] = /id="token-result"[^>]*value="([^"]+)"/.exec(made.text) ?? []
    assert.match(secret, /^[0-9a-f]{32}$/)
    const whoami = await world.app.request('http://hub.test/hub/api/user', { headers: { authorization: `token ${secret}` } })
    assert.equal(whoami.status, 200)
    const list = await bob.get('/hub/token')
    assert.doesNotMatch(list.text, new RegExp(secret))
    assert.match(list.text, /&lt;i&gt;nightly/)
    const [, id = ''] = /data-token-id="(\d+)"/.exec(list.text) ?? []
    assert.equal((await root.submit(`/hub/token/${id}/revoke`)).status, 404)
    assert.equal((await bob.submit(`/hub/token/${id}/revoke`)).location, '/hub/token?notice=token_revoked')
    const gone = await world.app.request('http://hub.test/hub/api/user', { headers: { authorization: `token ${secret}` } })
    assert.equal(gone.status, 403)
    assert.equal((await bob.submit('/hub/token', { note: '', expires_in: '', scopes: 'admin:users' })).status, 400)
    assert.equal((await bob.submit('/hub/token', { note: '', expires_in: '-1', scopes: '' })).status, 400)
  })

  test('pages take no API token', async () => {
    const user = await userNamed('root')
    const { secret } = await world.hub.tokens.issue(user, { note: '', expiresInSeconds: null, scopes: null, roles: null }, hubActor)
    const seen = await world.visitor().get('/hub/admin', { authorization: `token ${secret}` })
    assert.equal(seen.location, '/hub/login?next=%2Fhub%2Fadmin')
  })
})

suite('a new hub', () => {
  let world: PageWorld
  before(async () => {
    world = await createPageWorld({ enableSignup: true })
  })
  after(() => world.close())

  test('is set up once, by the newest link', async () => {
    const old = await world.accounts.newSetUpToken()
    const token = await world.accounts.newSetUpToken()
    const visitor = world.visitor()
    assert.equal((await visitor.get(`/hub/setup?token=${old}`)).status, 403)
    assert.equal((await visitor.get('/hub/setup')).status, 403)
    assert.equal((await visitor.get(`/hub/setup?token=${token}`)).status, 200)
    const fields = { token: token ?? '', username: ' Teacher ', password, password_confirmation: password }
    assert.equal((await visitor.submit('/hub/setup', { ...fields, username: '..' })).status, 400)
    assert.equal((await visitor.submit('/hub/setup', fields)).location, '/hub/home')
    assert.equal((await visitor.get('/hub/admin')).status, 200)
    assert.equal((await world.visitor().get(`/hub/setup?token=${token}`)).status, 404)
  })

  test('people may ask for an account, and get in once they are approved', async () => {
    const erin = world.visitor()
    assert.match((await erin.get('/hub/login')).text, /href="\/hub\/signup">Ask for one/)
    await erin.get('/hub/signup')
    const fields = { username: 'erin', signup_password: password, signup_password_confirmation: password }
    assert.match((await erin.submit('/hub/signup', fields)).text, /an administrator can now let you in/)
    assert.match((await erin.submit('/hub/signup', { ...fields, username: 'teacher' })).text, /an administrator can now let you in/)
    assert.match((await erin.signIn('erin')).text, /data-code="account_pending"/)
    const teacher = world.visitor()
    await teacher.signIn('teacher')
    assert.match(
      (await teacher.get('/hub/admin')).text,
      /One person waits for your approval[\s\S]*action="\/hub\/admin\/people\/erin\/approve"/,
    )
    await teacher.submit('/hub/admin/people/erin/approve')
    assert.equal((await world.visitor().signIn('erin')).status, 302)
  })
})

suite('a hub without sign-up', () => {
  let world: PageWorld
  before(async () => {
    world = await createPageWorld()
  })
  after(() => world.close())

  test('has no page for it', async () => {
    const visitor = world.visitor()
    assert.doesNotMatch((await visitor.get('/hub/login')).text, /signup/)
    assert.equal((await visitor.get('/hub/signup')).status, 404)
    assert.equal((await visitor.submit('/hub/signup', { username: 'x' })).status, 404)
  })
})
