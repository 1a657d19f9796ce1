/** Resolves as soon as the claim is true; the timeout of the test ends a claim that never is. */
export async function until(claim: () => boolean): Promise<void> {
  while (!claim()) await new Promise<void>((resolve) => void setImmediate(resolve))
}
