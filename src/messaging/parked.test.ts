import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AgendaStore, ParkedMessage } from '../log/store.port.ts'
import { loadParkedKeys } from './parked.ts'

const place = { consumer: 'inbox', source: 'order', partition: 0, position: 1, key: 'a' }
const facts = { envelope: '{}', code: 'X', reason: 'no', attempts: 1, atMs: 0 }
const first: ParkedMessage = { ...place, ...facts, id: 'first' }
const second: ParkedMessage = { ...first, id: 'second', position: 2 }

/** A store that has these messages parked; `meanwhile` happens after it was read. */
function storeWith(parked: ParkedMessage[], meanwhile: () => void): AgendaStore {
  const read = async (): Promise<readonly ParkedMessage[]> => {
    const found = [...parked]
    meanwhile()
    return found
  }
  // Why the cast: only what is parked is asked for.
  return { parked: read } as unknown as AgendaStore
}

describe('parked keys', () => {
  it('are those of the store, each message once, however often it is noted', async () => {
    const keys = await loadParkedKeys(storeWith([first], () => undefined))

    keys.add(first)
    keys.add(second)
    keys.remove(first)
    const left = keys.has('inbox', 'a')
    keys.remove(second)
    keys.remove(second)

    assert.deepEqual([left, keys.has('inbox', 'a'), keys.count], [true, false, 0])
  })

  it('keep what is noted while they are read again', async () => {
    const parked = [first]
    let meanwhile = (): void => undefined
    const keys = await loadParkedKeys(storeWith(parked, () => meanwhile()))
    meanwhile = () => {
      keys.remove(first)
      keys.add({ ...second, key: 'b' })
    }

    await keys.reload()

    assert.deepEqual([keys.has('inbox', 'a'), keys.has('inbox', 'b'), keys.count], [false, true, 1])
  })

  it('learn of what somebody else has parked and taken off', async () => {
    const parked = [first]
    const keys = await loadParkedKeys(storeWith(parked, () => undefined))
    parked.splice(0, 1, { ...second, key: 'b' })

    await keys.reload()

    assert.deepEqual([keys.has('inbox', 'a'), keys.has('inbox', 'b')], [false, true])
  })
})
