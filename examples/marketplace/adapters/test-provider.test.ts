import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTestProvider, maskNumber } from './test-provider.ts'

const call = { idempotencyKey: 'k', deadlineMs: 0, signal: new AbortController().signal }
const typed = { holderName: '', expiration: '', brand: '' }

type Binding = ReturnType<typeof createTestProvider>[number]

async function chargeAfterExchange(number: string): Promise<unknown> {
  const [vault, provider] = createTestProvider()
  return charge(provider, await tokenOf(vault, number))
}

async function tokenOf(vault: Binding | undefined, number: string): Promise<string> {
  const given = await vault?.adapter['exchange']?.({ ...typed, number } as never, call)
  return (given as { readonly token: string }).token
}

function charge(provider: Binding | undefined, token: string): Promise<unknown> | undefined {
  const invoice = { customerId: 1, amountCents: 1, invoiceNumber: 'i', transaction: 't' }
  return provider?.adapter['charge']?.({ ...invoice, token } as never, call)
}

describe('the test provider', () => {
  it('declines the one card, however it is written', async () => {
    for (const number of ['4000000000000002', '4000 0000 0000 0002', '4000-0000-0000-0002']) {
      assert.partialDeepStrictEqual(await chargeAfterExchange(number), {
        status: 'requires_payment_method',
      })
    }
  })

  it('accepts others, and knows the number behind its token', async () => {
    assert.partialDeepStrictEqual(await chargeAfterExchange('4111 1111 1111 1111'), {
      status: 'succeeded',
      cardNumber: '4111 1111 1111 1111',
    })
  })

  it('declines a token that it did not make', async () => {
    const [, provider] = createTestProvider()

    assert.partialDeepStrictEqual(await charge(provider, 'forged'), {
      status: 'requires_payment_method',
    })
  })

  it('answers a repeated charge of an invoice as the first time', async () => {
    const [vault, provider] = createTestProvider()
    const bad = await tokenOf(vault, '4000000000000002')
    const good = await tokenOf(vault, '4111111111111111')

    const first = await charge(provider, bad)
    const second = await charge(provider, good)

    assert.deepEqual(second, first)
  })

  it('shows only the last four digits', () => {
    assert.equal(maskNumber('4111 1111 1111 1234'), '************1234')
    assert.equal(maskNumber('12'), '12')
  })
})
