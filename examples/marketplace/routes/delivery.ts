// The carrier's update: at most ten sellers, for each of them the oldest open order.
import { DureError, type Outcome, type RouteCalls } from 'dure'
import { openPartsMax, type Part, sellersPerDelivery, Shipment } from '../shipment/contract.ts'

type Calls = Pick<RouteCalls, 'command' | 'query'>

/** How many waiting parts are looked at first; ten times as many whenever that was not enough. */
const openPartsFirst = 100
/** A delivery that others always forestall gives up after so many attempts, with what it has. */
const roundsMax = 100

/**
 * Runs a delivery to its end and gives the parts that it delivered.
 *
 * A repetition of the same transaction, also at the same time or after a crash, goes on where the other is and ends
 * with the same parts. Each part is delivered once, whoever else delivers.
 */
export async function runDelivery(calls: Calls, transaction: string): Promise<Part[]> {
  for (let attempt = 0; attempt < roundsMax; attempt += 1) {
    const done = await orTaken(() => tryDelivery(calls, transaction))
    if (done) return done
  }
  throw new DureError('COMMAND_CONFLICT', 'Other deliveries were always first. Try again.')
}

async function tryDelivery(calls: Calls, transaction: string): Promise<Part[]> {
  const known = await answerOf(calls.query(Shipment.delivery({ transaction })))
  if (known.concluded) return known.delivered
  let delivered = await deliverParts(calls, transaction, known.planned)
  let limit = openPartsFirst
  let { rounds } = known
  while (rounds < roundsMax) {
    const partsMax = sellersPerDelivery - delivered.length
    const { parts, isAll } = await openPartsBeside(calls, delivered, limit)
    const choice = { transaction, open: parts, partsMax }
    const isPlanning = partsMax > 0 && parts.length > 0
    const planned = isPlanning ? await planParts(calls, choice, rounds) : []
    if (isPlanning) rounds += 1
    const won = await deliverParts(calls, transaction, planned)
    delivered = [...delivered, ...won]
    const isWon = won.length === planned.length
    if (delivered.length === sellersPerDelivery || (isWon && isAll)) break
    if (isWon) limit = Math.min(limit * 10, openPartsMax)
  }
  // Trap: the end takes the place of the next round. A request that is late can then plan nothing more, and one that has
  // planned meanwhile is not forgotten by this end.
  const id = roundId(transaction, rounds)
  await calls.command(Shipment.conclude({ transaction, delivered }), { id })
  return delivered
}

/** The oldest waiting parts of sellers that this delivery has not served; `isAll`: there are no others. */
async function openPartsBeside(
  calls: Calls,
  delivered: readonly Part[],
  limit: number,
): Promise<{ readonly parts: Part[]; readonly isAll: boolean }> {
  const open = await answerOf(calls.query(Shipment.openParts({ limit })))
  const served = new Set(delivered.map(({ sellerId }) => sellerId))
  const parts = open.filter(({ sellerId }) => !served.has(sellerId))
  return { parts, isAll: open.length < limit || limit === openPartsMax }
}

interface Choice {
  readonly transaction: string
  readonly open: Part[]
  readonly partsMax: number
}

function roundId(transaction: string, round: number): string {
  return `plan/${transaction}/${round}`
}

/** Each round plans once: a second request of the same transaction finds the id used, and starts over. */
async function planParts(calls: Calls, choice: Choice, round: number): Promise<Part[]> {
  const id = roundId(choice.transaction, round)
  const { parts } = await answerOf(calls.command(Shipment.plan(choice), { id }))
  return parts
}

/** Delivers parts, and gives those that were delivered by this very transaction. */
async function deliverParts(
  calls: Calls,
  transaction: string,
  parts: readonly Part[],
): Promise<Part[]> {
  const delivered = await Promise.all(
    parts.map((part) => answerOf(calls.command(Shipment.deliver({ ...part, transaction })))),
  )
  return parts.filter((_part, index) => (delivered[index]?.packages ?? 0) > 0)
}

/** The output of an operation that cannot be rejected. */
async function answerOf<Output>(outcome: Promise<Outcome<Output, never>>): Promise<Output> {
  const answer = await outcome
  if (answer.ok) return answer.output
  throw new DureError('INTERNAL_DEFECT', 'An operation was rejected that declares no rejections.')
}

/** Gives nothing when another request has used the id of a command first. */
async function orTaken<Result>(run: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof DureError && error.code === 'COMMAND_ID_REUSED') return undefined
    throw error
  }
}
