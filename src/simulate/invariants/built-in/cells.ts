import type { Commit, CursorMove, DocumentCheck } from '../../../log/store.port.ts'
import { type AppliedCommit, cursorName } from '../../world/ledger.ts'
import type { JudgeMaker } from '../judge.ts'
import { firstOf } from './first-of.ts'

/** A document is written, and rested on, only by who has seen its newest version. */
export const judgeDocuments: JudgeMaker = () => ({
  name: 'no document is written by somebody who has not seen it',
  applied: (applied) =>
    firstOf(applied.commit.documents, (write) => judgeSeen(applied, write, 'written')) ??
    firstOf(applied.commit.checkDocuments, (check) => judgeSeen(applied, check, 'rested on')),
})

function judgeSeen(
  { service, ledger, commit }: AppliedCommit,
  { view, key, expected }: DocumentCheck,
  what: 'written' | 'rested on',
): string | undefined {
  const isCleared = commit.clearViews?.includes(view) ?? false
  const version = isCleared ? 0 : (ledger.views.get(view)?.get(key)?.version ?? 0)
  if (version === expected) return undefined
  return `${view} ${key} of ${service} was ${what} at version ${expected}, when it was at ${version}.`
}

/** A cursor goes on where it was, never back, and never past the end of the log that it follows. */
export const judgeCursors: JudgeMaker = ({ ledger: world }) => ({
  name: 'a cursor goes on where it was',
  applied: (applied) =>
    firstOf(applied.commit.cursors, (move) => {
      const log = world.of(move.source).logs[move.partition]
      return judgeMove(applied, move, log?.length ?? 0)
    }),
})

function judgeMove(
  { service, ledger, commit }: AppliedCommit,
  move: CursorMove,
  head: number,
): string | undefined {
  const { incarnation, expected, position } = move
  const name = cursorName(move)
  const known = ledger.cursors.get(name)
  const at = known?.incarnation === incarnation ? known.position : 0
  if (at !== expected) return `${name} of ${service} moved from ${expected}, when it was at ${at}.`
  if (position > head) return `${name} of ${service} moved to ${position}; the log ends at ${head}.`
  if (position > expected || isBegunAnew(commit)) return undefined
  return `${name} of ${service} moved back from ${expected} to ${position}.`
}

/** A view that is built anew begins with its documents taken away, and its cursors set back. */
function isBegunAnew({ clearViews }: Commit): boolean {
  return clearViews !== undefined
}

/** What is taken off the parking place was there. */
export const judgeUnparked: JudgeMaker = () => {
  let hasLooked = false
  return {
    name: 'a parked message is taken up once',
    hasLooked: () => hasLooked,
    applied: ({ service, ledger, commit }) =>
      firstOf(commit.unpark, (id) => {
        hasLooked = true
        if (ledger.parked.has(id)) return undefined
        return `${id} of ${service} was taken up, and was not parked.`
      }),
  }
}
