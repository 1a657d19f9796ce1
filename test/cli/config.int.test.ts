import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { configCharactersMax } from '../../src/cli/config/read-settings.ts'
import { partitionsMax } from '../../src/cli/config/settings.ts'
import { createPlayground, type Ended, type Playground, runDure } from './dure.ts'

interface Row {
  readonly name: string
  readonly value: string
  readonly from: string
}

async function rowsOf(place: Playground, env: NodeJS.ProcessEnv): Promise<Map<string, Row>> {
  const { stdout, stderr } = await runDure(['config', '--json'], { cwd: place.folder, env })
  assert.equal(stderr, '')
  // Why the cast: it is what the command says it writes.
  return new Map((JSON.parse(stdout) as Row[]).map((row) => [row.name, row]))
}

const configOf = (place: Playground, env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  runDure(['config'], { cwd: place.folder, env })

describe('dure config', () => {
  it('shows every value and where it came from: the environment goes before the file', async () => {
    using place = createPlayground()
    const content = { port: 9_000, partitions: 4, replicas: { gateway: '1..3' } }
    writeFileSync(place.path('dure.config.json'), JSON.stringify(content))

    const rows = await rowsOf(place, {
      PORT: '9001',
      DURE_PEERS: 'stock=http://one:1|http://two:2',
    })

    const shown = (name: string): readonly unknown[] => [
      rows.get(name)?.value,
      rows.get(name)?.from,
    ]
    assert.deepEqual(shown('port'), ['9001', 'PORT'])
    assert.deepEqual(shown('partitions'), ['4', 'dure.config.json'])
    assert.deepEqual(shown('replicas'), ['{"gateway":{"min":1,"max":3}}', 'dure.config.json'])
    assert.deepEqual(shown('peers'), ['{"stock":["http://one:1","http://two:2"]}', 'DURE_PEERS'])
    assert.deepEqual(shown('data'), ['.dure', 'default'])
  })

  it('shows no secret, wherever it is from', async () => {
    using place = createPlayground()
    writeFileSync(place.path('secret.txt'), 'hush hush hush hush\n')

    const said = await configOf(place, { DURE_PEER_SECRET: 'hush hush hush hush' })
    const kept = await configOf(place, { DURE_PEER_SECRET_FILE: place.path('secret.txt') })

    for (const { stdout, code } of [said, kept]) {
      assert.equal(code, 0)
      assert.match(stdout, /peerSecret +\(set\)/)
      assert.ok(!stdout.includes('hush'))
    }
    assert.match(kept.stdout, /DURE_PEER_SECRET_FILE/)
  })

  it('says everything that is wrong at once', async () => {
    using place = createPlayground()
    const content = { port: -1, peerSecret: 'hush', colour: 'red', store: 'paper' }
    writeFileSync(place.path('dure.config.json'), JSON.stringify(content))

    const { code, stderr } = await configOf(place, {
      DURE_PARTITIONS: String(partitionsMax + 1),
      DURE_PEERS: 'stock=nowhere',
    })

    assert.equal(code, 1)
    assert.match(stderr, /"port" in dure\.config\.json must be a whole number from 0 to 65535/)
    assert.match(stderr, /DURE_PARTITIONS must be a whole number from 1 to 256/)
    assert.match(stderr, /DURE_PEERS must be like order=http/)
    assert.match(stderr, /"store" in dure\.config\.json must be one of sqlite, postgres/)
    assert.match(stderr, /"colour" in dure\.config\.json is no setting/)
    assert.match(stderr, /"peerSecret" in dure\.config\.json is a secret/)
    assert.match(stderr, /\[CONFIG_INVALID\]/)
    assert.ok(!stderr.includes('hush'))
  })

  it('reads a file that is named, and says when it cannot', async () => {
    using place = createPlayground()
    writeFileSync(place.path('other.json'), '{ "port": 9002 }')
    writeFileSync(place.path('broken.json'), '[1]')
    writeFileSync(place.path('large.json'), `{ "port": 1${' '.repeat(configCharactersMax)}}`)
    const named = (file: string): Promise<Ended> =>
      runDure(['config', '--config', file], { cwd: place.folder })

    const [found, missing, broken, large] = [
      await named('other.json'),
      await named('none.json'),
      await named('broken.json'),
      await named('large.json'),
    ]

    assert.match(found.stdout, /port +9002 +other\.json/)
    assert.match(missing.stderr, /the file "none\.json" cannot be read/)
    for (const { stderr } of [broken, large]) assert.match(stderr, /must hold one JSON object/)
  })
})
