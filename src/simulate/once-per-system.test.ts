import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { system } from '../language/system.ts'
import { oncePerSystem } from './once-per-system.ts'

describe('what is worked out once for a system', () => {
  it('is the same for each of its worlds, and not that of another system', () => {
    const made: string[] = []
    const countOf = oncePerSystem(({ services }) => made.push(`${services.length}`))
    const one = system('one', { services: [] })
    const inWorld = { ...one, adapters: [] }

    const counts = [countOf(one), countOf(inWorld), countOf(system('two', { services: [] }))]

    assert.deepEqual(counts, [1, 1, 2])
  })

  it('is worked out anew where the same services have other sagas', () => {
    let times = 0
    const countOf = oncePerSystem(() => (times += 1))
    const one = system('one', { services: [] })
    countOf(one)

    countOf({ ...one, sagas: [] })

    assert.equal(times, 2)
  })
})
