// A payment provider for tests and demonstrations. It is the outside: the marketplace knows it only by two ports.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
} from 'node:crypto'
import { bind, type PortBinding } from 'dure'
import { CardVault } from '../cart/card-vault.ts'
import { PaymentProvider } from '../payment/provider.ts'

/** The card that is always declined. Spaces and hyphens in a number mean nothing. */
export const declinedCard = '4000000000000002'
/** Answers that are remembered; the same question has the same answer anyway. */
const answersMax = 10_000

/** No secret: the provider of a demonstration holds no real cards. */
const key = createSecretKey(createHash('sha256').update('a provider for demonstrations').digest())

interface ChargeAnswer {
  readonly id: string
  readonly status: 'succeeded' | 'requires_payment_method'
  readonly cardNumber: string
}

/** Creates the provider: what it is asked to keep it seals into the token, so it needs no memory of cards. */
export function createTestProvider(): readonly PortBinding[] {
  const answers = new Map<string, ChargeAnswer>()

  return [
    bind(CardVault, {
      async exchange({ number }) {
        return { token: sealNumber(number), maskedNumber: maskNumber(number) }
      },
    }),
    bind(PaymentProvider, {
      async charge({ token, invoiceNumber, transaction }) {
        const idempotencyKey = `${transaction} ${invoiceNumber}`
        const known = answers.get(idempotencyKey)
        if (known) return known
        const answer = chargeCard(openToken(token), idempotencyKey)
        if (answers.size >= answersMax) answers.delete(answers.keys().next().value ?? '')
        answers.set(idempotencyKey, answer)
        return answer
      },
    }),
  ]
}

function chargeCard(number: string | undefined, idempotencyKey: string): ChargeAnswer {
  const id = `pi_${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 24)}`
  const isAccepted = number !== undefined && digitsOf(number) !== declinedCard
  const status = isAccepted ? 'succeeded' : 'requires_payment_method'
  return { id, status, cardNumber: number ?? '' }
}

function digitsOf(number: string): string {
  return number.replaceAll(/[\s-]/g, '')
}

/** Hides all but the last four digits. */
export function maskNumber(number: string): string {
  const digits = digitsOf(number)
  return digits.slice(-4).padStart(digits.length, '*')
}

/** The same number always gives the same token, so a repeated checkout is the same checkout. */
function sealNumber(number: string): string {
  const iv = createHmac('sha256', key).update(number).digest().subarray(0, 12)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  const sealed = Buffer.concat([cipher.update(number, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** The number inside a token; undefined when the token is not of this provider. */
function openToken(token: string): string | undefined {
  try {
    const bytes = Buffer.from(token, 'base64url')
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
    decipher.setAuthTag(bytes.subarray(12, 28))
    return decipher.update(bytes.subarray(28), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return undefined
  }
}
