import { port } from 'dure'
import { z } from 'zod'

/**
 * Keeps cards at the payment provider.
 *
 * The cart service hands a typed card over in the very step that accepts a checkout, and stores only the token.
 */
export const CardVault = port('card-vault', {
  exchange: {
    input: z.object({
      number: z.string(),
      holderName: z.string(),
      expiration: z.string(),
      brand: z.string(),
    }),
    output: z.object({
      token: z.string().min(1).max(500),
      /** All but the last four digits are hidden. */
      maskedNumber: z.string().max(40),
    }),
  },
})
