import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StandbyState } from './standby.ts'

const stalenessMsMax = 1_000
const system = '7'

/** A state whose primary had these positions at these times. */
function stateOf(marks: readonly (readonly [written: number, atMs: number])[]): StandbyState {
  const state = new StandbyState(stalenessMsMax)
  for (const [written, atMs] of marks) state.notePrimary({ system, written }, atMs)
  return state
}

const replayed = (position: number) => ({ system, isStandby: true, replayed: position })

describe('a standby', () => {
  it('answers nothing before it was looked at, and its primary', () => {
    const unseen = new StandbyState(stalenessMsMax)
    assert.match(unseen.refusal(0) ?? '', /not looked at yet/)

    unseen.noteStandby(replayed(100))
    assert.match(unseen.refusal(0) ?? '', /primary was not looked at yet/)
  })

  it('answers while it has what the primary had not longer ago than it may', () => {
    const state = stateOf([
      [100, 0],
      [200, 500],
    ])
    state.noteStandby(replayed(100))

    assert.equal(state.refusal(stalenessMsMax), undefined)
    assert.match(state.refusal(stalenessMsMax + 1) ?? '', /more than 1000 ms behind/)

    state.noteStandby(replayed(200))
    assert.equal(state.refusal(stalenessMsMax + 500), undefined)
  })

  it('is late when it has lost its primary, however little it has still to do', () => {
    const state = stateOf([[100, 0]])
    state.noteStandby(replayed(100))
    for (let atMs = 1_000; atMs <= 5_000; atMs += 1_000) {
      state.notePrimary({ system, written: 100 + atMs }, atMs)
      state.noteStandby(replayed(100))
    }

    assert.match(state.refusal(5_000) ?? '', /behind/)
  })

  it('is late when it has what is long ago only, however long its primary has been away', () => {
    const state = stateOf([[100, 0]])
    state.noteStandby(replayed(100))
    state.noteStandby(replayed(100))

    assert.match(state.refusal(10 * stalenessMsMax) ?? '', /behind/)
  })

  it('answers who needs more only when it has it', () => {
    const state = stateOf([[100, 0]])
    state.noteStandby(replayed(150))

    assert.equal(state.refusal(0, 150), undefined)
    assert.match(state.refusal(0, 151) ?? '', /present views/)
  })

  it('answers nothing once it was promoted, or when it is of another system', () => {
    const state = stateOf([[100, 0]])
    state.noteStandby({ ...replayed(100), isStandby: false })
    assert.match(state.refusal(0) ?? '', /promoted/)

    state.noteStandby({ ...replayed(100), system: '8' })
    assert.match(state.refusal(0) ?? '', /another system/)

    state.noteStandby(replayed(100))
    assert.equal(state.refusal(0), undefined)
  })

  it('answers nothing while it cannot be asked', () => {
    const state = stateOf([[100, 0]])
    state.noteStandby(replayed(100))
    state.noteFailure('it is away')

    assert.equal(state.refusal(0), 'it cannot be asked: it is away')
  })

  it('answers also when it is always late, and not later than it may be', () => {
    const state = stateOf([])
    for (let atMs = 0; atMs <= 60_000; atMs += 10) {
      state.notePrimary({ system, written: atMs }, atMs)
      state.noteStandby(replayed(atMs - stalenessMsMax + 10))
    }

    assert.equal(state.refusal(60_000), undefined)
    state.noteStandby(replayed(60_000 - 2 * stalenessMsMax))
    assert.match(state.refusal(61_000) ?? '', /behind/)
  })
})
