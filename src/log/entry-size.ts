import { DureError } from '../language/errors.ts'

/** Characters of JSON that one entry may hold. */
export const entryCharactersMax = 1_000_000

/** Says that an event, a command or an answer is larger than the log takes. */
export function entryTooLarge(
  what: string,
  characters: number,
  max = entryCharactersMax,
): DureError {
  return new DureError(
    'LOG_ENTRY_TOO_LARGE',
    `${what} has ${characters} characters of JSON; ${max} are allowed. Keep large things elsewhere and name them.`,
    { details: { what, characters } },
  )
}
