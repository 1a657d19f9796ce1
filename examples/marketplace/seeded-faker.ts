import type { Faker } from '@faker-js/faker'
import { faker } from '@faker-js/faker/locale/pt_BR'

/**
 * Creates a faker of its own: the same seed gives the same values, whoever else draws.
 *
 * Made from the one locale that is needed. The main entry of the package loads all of them, which takes 33 MB.
 */
export function seededFaker(seed: number): Faker {
  // Why the cast: the instance of a locale is made by this very class, which its module does not name.
  const FakerOfLocale = faker.constructor as typeof Faker
  return new FakerOfLocale({ locale: faker.rawDefinitions, seed })
}
