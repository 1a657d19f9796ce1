// Runs the marketplace in one process, fills it when it is empty, and lets a few people shop.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { DureError } from 'dure'
import { runSystem, type SystemRun } from 'dure/cli'
import { watchActivity } from './activity.ts'
import { type Catalogue, generateCatalogue, smallCatalogue } from './generate.ts'
import { type Filling, readFilling, removeFilling, writeFilling } from './filling.ts'
import { ingest, isUntouched } from './ingest.ts'
import { readOlist } from './olist.ts'
import { startShoppers } from './shoppers.ts'
import { type CheckoutStyle, checkoutStyles, createMarketplace } from './system.ts'
import { defineVerify } from './verify/verify-command.ts'

interface Options {
  readonly data?: string
  readonly shoppers: number
  readonly port: number
  readonly style: CheckoutStyle
}

const seed = 42
const shoppersMax = 1_000

const program = new Command('npm start --')
  .exitOverride()
  .description(
    'Runs the Online Marketplace on an embedded store. The data is kept in .dure; DURE_DATA names another folder.',
  )
  .option('--data <folder>', 'the real catalogue: a folder with the files that Olist released')
  .addOption(
    new Option('--shoppers <number>', 'how many people shop; 0 for nobody')
      .default(4)
      .argParser((text) => wholeNumber(text, shoppersMax)),
  )
  .addOption(
    new Option('--port <number>', 'port of the gateway; 0 for any that is free')
      .env('PORT')
      .default(8080)
      .argParser((text) => wholeNumber(text, 65_535)),
  )
  .addOption(
    new Option(
      '--style <style>',
      'how a checkout is run: by the order service, or passed on from service to service',
    )
      .choices(checkoutStyles)
      .default('orchestrated'),
  )
  .action(run)
  .addCommand(defineVerify())

function wholeNumber(text: string, max: number): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= max) return Number(text)
  throw new InvalidArgumentError(`Write a whole number from 0 to ${max}.`)
}

function chooseCatalogue({ data }: Options, nowMs: number): Catalogue {
  const common = { seed, customers: smallCatalogue.customers, nowMs }
  return data === undefined
    ? generateCatalogue({ ...common, ...smallCatalogue })
    : readOlist({ ...common, folder: data })
}

interface Chosen {
  readonly catalogue: Catalogue
  /** Whether the user asked for this catalogue. */
  readonly isAsked: boolean
  readonly filling: Filling
  readonly folder: string
}

/** Fills an empty marketplace, and one whose filling was interrupted. What users put in is never touched. */
async function fill({ running }: SystemRun, chosen: Chosen): Promise<void> {
  const { catalogue, isAsked, filling, folder } = chosen
  const isInterrupted = readFilling(folder) !== undefined
  if (!isInterrupted && !(await isUntouched(running))) {
    if (!isAsked) return
    console.log(
      'A catalogue is there already and is kept. DURE_DATA names another folder for this one.',
    )
    return
  }
  writeFilling(folder, filling)
  const { sellers, products, customers } = catalogue.counts
  console.log(
    `Ingesting the ${catalogue.name} catalogue: ${sellers} sellers, ${products} products, ${customers} customers`,
  )
  let shownAtMs = performance.now()
  await ingest(running, catalogue, ({ done, total }) => {
    if (performance.now() - shownAtMs < 1_000) return
    shownAtMs = performance.now()
    console.log(`  ${done} of ${total} rows, ${Math.floor((100 * done) / total)} %`)
  })
  removeFilling(folder)
}

interface Crowd {
  readonly counts: Catalogue['counts']
  readonly shoppers: number
}

/** Begins what is to be seen: shoppers, and a line a second. Gives what ends it. */
function begin({ url, running, clock }: SystemRun, crowd: Crowd): () => Promise<void> {
  const { sellers, customers } = crowd.counts
  const name = clock.nowMs().toString(36)
  const shoppers = startShoppers({ url, sellers, customers, name, seed, shoppers: crowd.shoppers })
  const activity = watchActivity(running, clock.nowMs())
  const ticking = setInterval(() => {
    activity
      .describe(shoppers.takeLatencies())
      .then((line) => console.log(line))
      .catch(() => undefined)
  }, 1_000)
  return async () => {
    clearInterval(ticking)
    await shoppers.stop()
  }
}

async function run(options: Options): Promise<void> {
  const data = process.env['DURE_DATA'] ?? '.dure'
  const filling = readFilling(data) ?? { nowMs: Date.now() }
  let catalogue: Catalogue | undefined = chooseCatalogue(options, filling.nowMs)
  const { counts } = catalogue
  const startedAtMs = performance.now()
  let end: (() => Promise<void>) | undefined
  await runSystem(createMarketplace(options.style), {
    data,
    port: options.port,
    quiet: true,
    onStop: async () => {
      console.log('Stopping...')
      await end?.()
    },
    onReady: async (started) => {
      const isAsked = options.data !== undefined
      if (catalogue) await fill(started, { catalogue, isAsked, filling, folder: data })
      // The rows of a real catalogue are large, and not needed again.
      catalogue = undefined
      const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1)
      console.log(`gateway    ${started.url}`)
      console.log(`reference  ${started.url}/reference`)
      console.log(`dashboard  ${started.url}/seller/dashboard/1`)
      console.log(`data       ${data}`)
      console.log(`ready after ${seconds} s. Ctrl-C stops it.`)
      end = begin(started, { counts, shoppers: options.shoppers })
    },
  })
}

/** As `dure` says it: 2 when the command line is not usable, 1 when something failed. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  return error instanceof DureError && error.code === 'CLI_USAGE' ? 2 : 1
}

try {
  await program.parseAsync()
} catch (error) {
  // A wrong command line was explained where it was found.
  if (!(error instanceof CommanderError)) {
    console.error(error instanceof Error ? error.message : String(error))
  }
  process.exit(exitCodeOf(error))
}
