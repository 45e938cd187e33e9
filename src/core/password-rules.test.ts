import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkPassword, maximumPasswordLength } from './password-rules.ts'

const rules = { minimumLength: 10, checkCommon: true }
const isAccepted = (password: string, name = 'alice'): boolean => checkPassword(password, name, rules).ok

test('ordinary good passwords are accepted', () => {
  for (const password of [
    'correct horse battery staple',
    'Tr0ub4dor&3xyz',
    'kW9#vLq2!mZx',
    '비밀번호는아주길다고합니다',
    'moon-rake-79-lamp',
    'i live in oslo',
  ])
    assert.ok(isAccepted(password), password)
})

test('what people try first is refused', () => {
  const weak = [
    'password123',
    'P@ssw0rd2024!',
    'Passw0rd!!',
    'qwertyuiop',
    '1234567890',
    'abcdefghij',
    '0987654321',
    'aaaaaaaaaaaa',
    'abababababab',
    'alicealice1',
    'alice12345',
    'iloveyou2024',
    'welcome2025!',
    'administrator',
    'jupyterhub1',
    'letmein!!!!',
    'qwertz12345',
  ]
  for (const password of weak) assert.ok(!isAccepted(password), password)
})

test('length is counted in characters after NFKC, and has two ends', () => {
  assert.ok(!isAccepted('kW9#vLq2!'))
  assert.ok(isAccepted('x8fW#pLq2!'))
  assert.ok(isAccepted(`${'ab1!cd9?xy'.repeat(102)}zzz`.slice(0, maximumPasswordLength)))
  assert.ok(!isAccepted('ab1!cd9?xy'.repeat(110)))
})

test('without the check only the length counts', () => {
  assert.ok(checkPassword('password123', 'alice', { minimumLength: 8, checkCommon: false }).ok)
  assert.ok(!checkPassword('short', 'alice', { minimumLength: 8, checkCommon: false }).ok)
})

test('a long password is judged at once', () => {
  const from = performance.now()
  checkPassword('q'.repeat(100_000), 'alice', rules)
  checkPassword('ab'.repeat(500), 'alice', rules)
  checkPassword('abcdefghijklmnopqrstuvwxyz'.repeat(39), 'alice', rules)
  assert.ok(performance.now() - from < 500)
})
