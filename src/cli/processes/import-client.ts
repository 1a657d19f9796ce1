import { DureError } from '../../language/errors.ts'

/**
 * Loads an adapter whose client is installed only where it is used.
 *
 * @throws `CONFIG_INVALID` when the client is not installed, with what to do.
 */
export async function importClient<Adapter>(
  setting: string,
  client: string,
  load: () => Promise<Adapter>,
): Promise<Adapter> {
  try {
    return await load()
  } catch (cause) {
    const isMissing =
      cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND'
    if (!isMissing) throw cause
    throw new DureError(
      'CONFIG_INVALID',
      `The configuration cannot be used: ${setting} needs a client that is not installed. Install it: npm install ${client}.`,
      { cause },
    )
  }
}
