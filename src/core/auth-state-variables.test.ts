import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authStateVariables } from './auth-state-variables.ts'

test('variables are taken by their path, and only texts and numbers', () => {
  const state = { access_token: 'secret', github_user: { id: 7, login: 'alice' }, scope: ['repo'], __proto__: null }
  const wanted = { TOKEN: 'access_token', ID: 'github_user.id', LIST: 'scope', NONE: 'github_user.email', ODD: 'constructor.name' }
  assert.deepEqual(authStateVariables(state, wanted), { TOKEN: 'secret', ID: '7' })
  assert.deepEqual(authStateVariables(null, wanted), {})
})
