import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { openSystem } from '../../src/cli/running/open-system.ts'
import { untilIdle } from '../../src/testing/until-idle.ts'
import { Desk, roomsSystem } from '../isolation/rooms.ts'
import { createPlayground, type Ended, runDure } from './dure.ts'

describe('dure locks', () => {
  it('lists what is held, and frees it with a reason', async () => {
    using playground = createPlayground()
    const data = playground.path('data')
    {
      const options = { whenHeld: 'wait', isBankBroken: () => true } as const
      await using open = await openSystem(roomsSystem(options), { data, report: () => undefined })
      await open.running.execute(Desk.ask({ id: 'ann', roomId: 'red', declined: false }))
      const isParked = async (): Promise<boolean> => (await open.running.parked()).length > 0
      while (!(await isParked()))
        await untilIdle(open.running, open.clock, 1).catch(() => undefined)
    }
    const url = pathToFileURL(join(import.meta.dirname, '../isolation/rooms.ts')).href
    writeFileSync(
      playground.path('system.ts'),
      `import { roomsSystem } from ${JSON.stringify(url)}\nexport default roomsSystem({ whenHeld: 'wait', isBankBroken: () => true })\n`,
    )
    const locks = (...args: readonly string[]): Promise<Ended> =>
      runDure(['locks', ...args, 'system.ts', '--data', 'data'], { cwd: playground.folder })

    const held = await locks('list')
    const freed = await locks(
      'free',
      'rooms',
      'room/red',
      'booking',
      '--reason',
      'asked',
      '--by',
      'eve',
    )
    const again = await locks('free', 'rooms', 'room/red', 'booking', '--reason', 'asked')
    const after = await locks('list')

    assert.match(
      held.stdout,
      /^SERVICE +INSTANCE +LOCK +HOLDER[^\n]*\nrooms +room\/red +booking +book ann +\d+ s ago +0\n$/,
    )
    assert.match(
      freed.stdout,
      /^Lock booking of rooms room\/red is free now\. book ann held it\.\n$/,
    )
    assert.deepEqual([again.code, /\[LOCK_UNKNOWN\]/.test(again.stderr)], [1, true])
    assert.match(
      after.stdout,
      /^No lock is held\.\n.*freed by eve .*booking of rooms room\/red of book ann: asked/,
    )
  })
})
