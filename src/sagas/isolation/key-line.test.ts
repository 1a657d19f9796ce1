import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Envelope } from '../../messaging/envelope.ts'
import type { Cell } from '../../runtime/cells.ts'
import { Draft } from '../../runtime/draft.ts'
import { isBehind, joinKeyLine, keyLineMax, leaveKeyLine } from './key-line.ts'

const envelope: Envelope = {
  specversion: '1.0',
  id: 'm',
  source: '/desk',
  type: 'rooms.changePrice',
  subject: 'price/red',
  time: '2024-01-01T00:00:00.000Z',
  datacontenttype: 'application/json',
  kind: 'command',
  position: 1,
  dataversion: 1,
  partitionkey: 'price/red',
  data: null,
}
const ofSaga = { ...envelope, saganame: 'book', sagakey: 'ann', sagastep: 'room' }

function openDraft(): Draft {
  const cells = new Map<string, Cell>()
  const document = (view: string, key: string): Cell => {
    const id = `${view} ${key}`
    const cell = cells.get(id) ?? {
      id,
      version: 0,
      value: undefined,
      stateAt: 0,
      atMs: 0,
      pending: 0,
    }
    cells.set(id, cell)
    return cell
  }
  return new Draft({ stream: () => undefined, document }, 1)
}

describe('the line of a key', () => {
  it('lets each message wait for those before it, and calls the next when one leaves', () => {
    const draft = openDraft()
    for (const id of ['m1', 'm2', 'm3']) joinKeyLine(draft, id, envelope)
    assert.deepEqual(
      ['m1', 'm2', 'new'].map((id) => isBehind(draft, id, envelope)),
      [false, true, true],
    )

    leaveKeyLine(draft, 'm2', envelope)
    assert.deepEqual(draft.setTimers, [])
    leaveKeyLine(draft, 'm1', envelope)

    assert.deepEqual(
      draft.setTimers.map(({ id, atMs }) => [id, atMs]),
      [['m3', 0]],
    )
    assert.equal(isBehind(draft, 'm3', envelope), false)
    leaveKeyLine(draft, 'm3', envelope)
    assert.equal(isBehind(draft, 'new', envelope), false)
  })

  it('is none for the steps of a saga', () => {
    const draft = openDraft()
    joinKeyLine(draft, 'm1', envelope)
    joinKeyLine(draft, 's1', ofSaga)

    assert.equal(isBehind(draft, 's2', ofSaga), false)
  })

  it('takes so many messages, and no more until there is room', () => {
    const draft = openDraft()
    for (let index = 0; index < keyLineMax; index += 1) joinKeyLine(draft, `m${index}`, envelope)

    assert.throws(() => joinKeyLine(draft, 'late', envelope), { code: 'COMMAND_QUEUE_FULL' })
    leaveKeyLine(draft, 'm0', envelope)
    joinKeyLine(draft, 'late', envelope)
  })
})
