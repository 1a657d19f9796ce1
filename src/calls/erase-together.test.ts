import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { virtualClock } from '../adapters/memory/clock.ts'
import type { RunningSystem } from '../runtime/running-system.port.ts'
import { erasePatienceMsMax, ErasingProcess } from './erase-together.ts'

function openBench() {
  const clock = virtualClock()
  const steps: string[] = []
  const local: Pick<RunningSystem, 'erase'> = {
    async erase(services, together) {
      steps.push(`stopped ${services.join(' ')}`)
      const isErasing = await together?.stopped()
      steps.push(isErasing ? 'erased' : 'kept')
      await together?.erased()
      steps.push('started')
    },
  }
  const process = new ErasingProcess({
    local,
    clock,
    here: ['stock', 'order'],
    onStopped: () => void steps.push('closed'),
  })
  return { clock, steps, process }
}

const order = { id: '1', services: ['stock', 'payment'] }

describe('a process that erases together with others', () => {
  it('takes each step when it is told to', async () => {
    const { steps, process } = openBench()

    await process.take({ ...order, step: 'stop' })
    assert.deepEqual(steps, ['stopped stock', 'closed'])
    await process.take({ ...order, step: 'erase' })
    assert.deepEqual(steps.slice(2), ['erased'])
    await process.take({ ...order, step: 'start' })
    assert.deepEqual(steps.slice(3), ['started'])
  })

  it('goes on alone after erasePatienceMsMax, and erases nothing', async () => {
    const { clock, steps, process } = openBench()

    await process.take({ ...order, step: 'stop' })
    await clock.advance(erasePatienceMsMax)

    assert.deepEqual(steps.slice(2), ['kept', 'started'])
    await process.take({ ...order, step: 'erase' })
    assert.equal(steps.length, 4)
  })
})
