import { describe, it } from 'node:test'
import { accepted, given, rejected } from 'dure/testing'
import { Borrowing } from './borrowing.ts'
import lendingLibrary from './lending-system.ts'
import { Members } from './members/contract.ts'
import { Book } from './shelf/book.ts'
import { Shelf } from './shelf/contract.ts'
import { ShelfService } from './shelf/service.ts'

const title = 'Momo'
const loan = { title, loanId: 'loan-1' }
const wish = { ...loan, memberId: 'ann' }
const fee = { memberId: 'ann', loanId: 'loan-1', cents: 100 }

// #region aggregate
describe('a book', () => {
  it('is lent while there is a copy', () => {
    given(Book, [Shelf.Added({ title, copies: 1 })])
      .when(Shelf.lend(loan))
      .then([Shelf.Lent(loan)])
      .when(Shelf.lend({ title, loanId: 'loan-2' }))
      .thenRejected('NoCopyLeft', { lent: 1 })
  })
})
// #endregion aggregate

// #region saga
describe('borrowing', () => {
  it('puts the book back when the fee cannot be paid', () => {
    given(Borrowing, wish)
      .thenCommands([Shelf.lend(loan)])
      .reply('copy', accepted(undefined))
      .thenCommands([Members.payFee(fee)])
      .reply('fee', rejected('NotEnoughMoney', { cents: 0 }))
      .thenCommands([Shelf.takeBack(loan)])
  })
})
// #endregion saga

// #region service
describe('the shelf', () => {
  it('answers what it has', async () => {
    await given(ShelfService, [[Shelf.Added({ title, copies: 2 }), { key: title }]])
      .when(Shelf.lend(loan))
      .then([Shelf.Lent(loan)])
      .thenAnswer(Shelf.book({ title }), { free: 1, lent: 1 })
      .run()
  })
})
// #endregion service

// #region system
describe('the library', () => {
  const before = [Shelf.add({ title, copies: 1 }), Members.payIn({ memberId: 'ann', cents: 250 })]

  it('hands a book over for a fee', async () => {
    await given(lendingLibrary, before)
      .when(Members.borrow(wish))
      .then([
        Members.Wished(wish),
        Shelf.Lent(loan),
        Members.FeePaid(fee),
        Members.HandedOver({ loanId: 'loan-1' }),
      ])
      .thenAnswer(Members.balance({ memberId: 'ann' }), { cents: 150 })
      .run()
  })

  it('takes no fee when no copy is left', async () => {
    await given(lendingLibrary, [...before, Members.borrow(wish)])
      .when(Members.borrow({ ...wish, loanId: 'loan-2' }))
      .thenAnswer(Members.loan({ loanId: 'loan-2' }), { status: 'refused: NoCopyLeft' })
      .thenAnswer(Members.balance({ memberId: 'ann' }), { cents: 150 })
      .run()
  })
})
// #endregion system
