import type { OperationRoute } from '../language/gateway.ts'
import { renderJsonSchema } from './json-schema.ts'

/**
 * Gives what each rejection of an operation says to a caller: the description that its schema has, or a sentence made
 * of its name.
 */
export function rejectionSentences({
  type,
  spec,
}: OperationRoute['operation']): Readonly<Record<string, string>> {
  const sentences = Object.entries(spec.rejects ?? {}).map(([name, data]) => {
    const { description } = renderJsonSchema(data, 'output')
    const sentence =
      typeof description === 'string' && description !== ''
        ? description
        : `${type} was rejected: ${wordsOf(name)} (${name}).`
    return [name, sentence] as const
  })
  return Object.fromEntries(sentences)
}

/** `OutOfStock` as words: `out of stock`. */
function wordsOf(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase()
}
