import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Command, saga } from 'dure'
import * as z from 'zod'
import { Lamp, looseSaga, sagaFindings } from '../systems/house.ts'

describe('checkSystem, of sagas', () => {
  it('finds steps before the pivot that cannot be undone', () => {
    const evening = looseSaga()
      .step('dim', { run: () => Lamp.dim({ id: '1' }) })
      .step('look', { run: () => Lamp.dim({ id: '1' }), effect: 'none' })
      .pivot('light', { run: () => Lamp.light({ id: '1' }) })

    assert.deepEqual(sagaFindings(evening), ['SAGA_STEP_WITHOUT_UNDO in saga evening, step dim'])
  })

  it('finds undos, forward steps and notices whose command may be rejected', () => {
    const run = (): Command => Lamp.dim({ id: '1' })
    const rejectable = (): Command => Lamp.light({ id: '1' })
    const evening = looseSaga()
      .step('first', { run, undo: rejectable })
      .pivot('pivot', { run: rejectable })
      .step('last', { run: rejectable })
      .otherwise(rejectable)

    assert.deepEqual(sagaFindings(evening), [
      'SAGA_UNDO_REJECTABLE in saga evening, step first, undo',
      'SAGA_FORWARD_REJECTABLE in saga evening, step last',
      'SAGA_UNDO_REJECTABLE in saga evening, otherwise',
    ])
  })

  it('finds tests after the pivot', () => {
    const evening = looseSaga()
      .pivot('light', { run: () => Lamp.light({ id: '1' }) })
      .ensure('dark', () => true)

    assert.deepEqual(sagaFindings(evening), [
      'SAGA_ENSURE_AFTER_PIVOT in saga evening, ensure dark',
    ])
  })

  it('finds fan-out without a bound and sagas without a deadline or a start', () => {
    const evening = saga('evening', {
      input: z.object({ ids: z.array(z.string()) }),
      key: () => '',
    }).each('dim', {
      of: ({ input }) => input.ids,
      run: ({ item }) => Lamp.dim({ id: item }),
      effect: 'none',
    })

    assert.deepEqual(sagaFindings(evening), [
      'SAGA_WITHOUT_DEADLINE in saga evening',
      'SAGA_NEVER_STARTED in saga evening',
      'SAGA_FAN_OUT_UNBOUNDED in saga evening, step dim',
    ])
  })

  it('asks no deadline of a saga that begins with its pivot', () => {
    const evening = looseSaga({}).pivot('light', { run: () => Lamp.light({ id: '1' }) })

    assert.deepEqual(sagaFindings(evening), [])
  })
})
