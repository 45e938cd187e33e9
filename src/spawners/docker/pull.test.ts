import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registryOf, splitReference } from './engine-images.ts'
import { accountIn } from './image-facts.ts'
import { chooseImage } from './image.ts'
import { listenersIn } from './listening.ts'
import { createTally } from './pull.ts'

const references: readonly (readonly [string, string, string, string])[] = [
  ['a', 'a', 'latest', 'docker.io'],
  ['a:1', 'a', '1', 'docker.io'],
  ['quay.io/jupyter/base-notebook', 'quay.io/jupyter/base-notebook', 'latest', 'quay.io'],
  ['localhost:5000/a/b:x', 'localhost:5000/a/b', 'x', 'localhost:5000'],
  ['host:5000/a', 'host:5000/a', 'latest', 'host:5000'],
  ['a/b@sha256:12', 'a/b', 'sha256:12', 'docker.io'],
  ['h.x/a:t@sha256:12', 'h.x/a', 'sha256:12', 'h.x'],
]

for (const [reference, repository, tag, registry] of references) {
  test(`a reference is taken apart: ${reference}`, () => {
    assert.deepEqual(splitReference(reference), { repository, tag })
    assert.equal(registryOf(reference), registry)
  })
}

test('layers and bytes are added up, and a total is only told when it is known', () => {
  const tally = createTally('x')
  const layer = (id: string, status: string, current?: number, total?: number): void =>
    tally.add({ id, status, progressDetail: { ...(current === undefined ? {} : { current }), ...(total === undefined ? {} : { total }) } })
  layer('latest', 'Pulling from x')
  layer('a', 'Pulling fs layer')
  layer('b', 'Already exists')
  assert.deepEqual(tally.progress(), {
    phase: 'pulling',
    message: 'Fetching x',
    bytesDone: 0,
    bytesTotal: null,
    layersDone: 1,
    layersTotal: 2,
  })
  layer('a', 'Downloading', 10, 40)
  assert.deepEqual([tally.progress().bytesDone, tally.progress().bytesTotal], [10, 40])
  layer('a', 'Download complete')
  layer('a', 'Extracting', 1, 40)
  assert.deepEqual([tally.progress().bytesDone, tally.progress().layersDone], [40, 1])
  layer('a', 'Pull complete')
  assert.deepEqual(tally.progress(), {
    phase: 'pulling',
    message: 'Fetching x',
    bytesDone: 40,
    bytesTotal: 40,
    layersDone: 2,
    layersTotal: 2,
  })
})

test('people choose from the list only, and an empty list allows nothing but the configured image', () => {
  const choose = (allowedImages: Parameters<typeof chooseImage>[0]['allowedImages'], image?: unknown) =>
    chooseImage({ image: 'own', allowedImages }, typeof image === 'string' ? { image } : {})
  assert.equal(choose([]), 'own')
  assert.equal(choose([], 'own'), 'own')
  assert.throws(() => choose([], 'other'), { code: 'image_choice_refused', message: 'Specifying image to launch is not allowed' })
  assert.equal(choose(['a', 'b'], 'b'), 'b')
  assert.throws(() => choose(['a', 'b'], 'c'), { code: 'image_not_allowed', message: 'Image c not in allowed list: a, b' })
  assert.equal(choose({ Science: 's:1' }, 'Science'), 's:1')
  assert.throws(() => choose({ Science: 's:1' }, 's:1'), { code: 'image_not_allowed' })
  assert.throws(() => choose({ Science: 's:1' }, 'constructor'), { code: 'image_not_allowed' })
  assert.equal(choose('*', 'any:1'), 'any:1')
})

test('who a user of an image is', () => {
  const files = {
    passwd: 'root:x:0:0:root:/root:/bin/sh\njovyan:x:1000:100::/home/jovyan:/bin/bash\n',
    group: 'users:x:100:\nstaff:x:50:\n',
  }
  assert.deepEqual(accountIn(files, ''), { uid: 0, gid: 0, home: '/root' })
  assert.deepEqual(accountIn(files, 'jovyan'), { uid: 1000, gid: 100, home: '/home/jovyan' })
  assert.deepEqual(accountIn(files, '1000'), { uid: 1000, gid: 100, home: '/home/jovyan' })
  assert.deepEqual(accountIn(files, '1000:staff'), { uid: 1000, gid: 50, home: '/home/jovyan' })
  assert.deepEqual(accountIn(files, '1234:77'), { uid: 1234, gid: 77, home: '/' })
})

test('listening sockets are read from the tables of the kernel', () => {
  const table = `  sl  local_address rem_address   st tx_queue
   0: 0100007F:22B8 00000000:0000 0A 00000000:00000000
   1: 00000000:1F90 00000000:0000 0A 00000000:00000000
   2: 0200A8C0:1F90 0100A8C0:D431 01 00000000:00000000
   3: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 0`
  assert.deepEqual(listenersIn(table), [
    { port: 8888, isLoopback: true },
    { port: 8080, isLoopback: false },
    { port: 22, isLoopback: true },
  ])
})
