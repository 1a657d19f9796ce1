import { Command } from 'commander'
import { allChecks } from './all-checks.ts'
import { createMarket } from './market.ts'

interface Options {
  readonly url: string
  readonly only: string
}

/** `verify`: runs the acceptance checks against a marketplace that runs somewhere. */
export function defineVerify(): Command {
  return new Command('verify')
    .exitOverride()
    .summary('run the acceptance checks against a running marketplace')
    .description(
      'Runs the acceptance checks A to G over HTTP, against any implementation. Deletes everything in that marketplace.',
    )
    .option('--url <url>', 'address of the marketplace', 'http://localhost:8080')
    .option('--only <id>', 'only checks whose id begins so, such as D or C3', '')
    .action(verify)
}

async function verify({ url, only }: Options): Promise<void> {
  const market = createMarket(url.replace(/\/$/, ''))
  const checks = allChecks.filter(({ id }) => id.startsWith(only))
  let failed = 0
  for (const { id, promise, run } of checks) {
    const startMs = performance.now()
    try {
      await market.cleanUp()
      await run(market)
      console.log(
        `ok    ${id.padEnd(3)} ${promise} (${Math.round(performance.now() - startMs)} ms)`,
      )
    } catch (error) {
      failed += 1
      console.log(`FAIL  ${id.padEnd(3)} ${promise}\n${String(error)}`)
    }
  }
  console.log(`${checks.length - failed} of ${checks.length} checks passed`)
  process.exitCode = failed > 0 || checks.length === 0 ? 1 : 0
}
