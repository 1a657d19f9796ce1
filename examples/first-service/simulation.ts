import { action, always, atEnd, scenario, sometimes } from 'dure/simulate'
import lending from './lending-system.ts'
import { Members } from './members/contract.ts'
import { Book } from './shelf/book.ts'
import { Shelf } from './shelf/contract.ts'

const titles = ['Momo', 'Krabat', 'Emil'] as const
const members = ['ann', 'ben'] as const

// #region actions
const borrow = action(
  'borrow',
  async (client) => {
    const loanId = `loan-${client.chance.between(1, 1e9)}`
    const memberId = client.pick(members)
    await client.insist(Members.borrow({ loanId, memberId, title: client.pick(titles) }))
  },
  3,
)

const payIn = action('pay in', async (client) => {
  const cents = 100 * client.chance.between(1, 3)
  const called = await client.send(Members.payIn({ memberId: client.pick(members), cents }))
  if (called.kind === 'unknown') client.note('a payment of unknown end', cents)
})

const look = action('look', async (client) => {
  await client.ask(Shelf.book({ title: client.pick(titles) }))
})
// #endregion actions

// #region invariants
const noMoreThanThereAre = always('no more is lent than there is', (facts) => {
  for (const [title, { copies, loans }] of facts.states(Book)) {
    if (loans.length > copies) return `${loans.length} of ${copies} copies of ${title} are lent`
  }
  return true
})

const whoHasIt = atEnd('who has a book has paid for it, and nobody else', (facts) => {
  const handedOver = facts.events(Members.HandedOver).map(({ data }) => data.loanId)
  const paid = new Set(facts.events(Members.FeePaid).map(({ data }) => data.loanId))
  const lent = [...facts.states(Book).values()].flatMap(({ loans }) => loans)
  const unpaid = [...handedOver, ...lent].find((loanId) => !paid.has(loanId))
  if (unpaid !== undefined) return `${unpaid} was not paid`
  return paid.size === handedOver.length && paid.size === lent.length
})

const refused = sometimes('a wish is refused', (facts) => facts.events(Members.Refused).length > 0)
// #endregion invariants

// #region scenario
/** The library in worlds that fail. */
export default scenario('lending', {
  system: lending,
  async prepare(client) {
    for (const title of titles) await client.insist(Shelf.add({ title, copies: 3 }))
    await client.insist(Members.payIn({ memberId: 'ann', cents: 300 }))
  },
  actions: [borrow, payIn, look],
  count: 30,
  invariants: [noMoreThanThereAre, whoHasIt, refused],
})
// #endregion scenario
