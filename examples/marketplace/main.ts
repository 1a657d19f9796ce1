// Runs the marketplace in one process, fills it when it is empty, and lets a few people shop.
import { Command, InvalidArgumentError, Option } from 'commander'
import { runSystem, type SystemRun } from 'dure/cli'
import { watchActivity } from './activity.ts'
import { type Catalogue, generateCatalogue, smallCatalogue } from './generate.ts'
import { ingest, lookForCatalogue } from './ingest.ts'
import { readOlist } from './olist.ts'
import { type Shoppers, startShoppers } from './shoppers.ts'
import { marketplace } from './system.ts'

interface Options {
  readonly data?: string
  readonly shoppers: number
  readonly port: number
}

const seed = 42
const shoppersMax = 1_000

const options = new Command('npm start --')
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
  .parse()
  .opts<Options>()

function wholeNumber(text: string, max: number): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= max) return Number(text)
  throw new InvalidArgumentError(`Write a whole number from 0 to ${max}.`)
}

function chooseCatalogue(): Catalogue {
  const common = { seed, customers: smallCatalogue.customers, nowMs: Date.now() }
  return options.data === undefined
    ? generateCatalogue({ ...common, ...smallCatalogue })
    : readOlist({ ...common, folder: options.data })
}

/** Fills an empty marketplace, and one whose filling was interrupted. */
async function fill({ running }: SystemRun, catalogue: Catalogue): Promise<void> {
  const found = await lookForCatalogue(running, catalogue)
  if (found === 'all') {
    if (options.data === undefined) return
    console.log(
      'A catalogue is there already and is kept. DURE_DATA names another folder for this one.',
    )
    return
  }
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
}

let shoppers: Shoppers | undefined
let ticking: ReturnType<typeof setInterval> | undefined

/** Begins what is to be seen: shoppers, and a line a second. */
function begin({ url, running, clock }: SystemRun, counts: Catalogue['counts']): void {
  const { sellers, customers } = counts
  const name = clock.nowMs().toString(36)
  const crowd = { url, sellers, customers, name, seed, shoppers: options.shoppers }
  shoppers = startShoppers(crowd)
  const activity = watchActivity(running, clock.nowMs())
  ticking = setInterval(() => {
    activity
      .describe(shoppers?.takeLatencies() ?? [])
      .then((line) => console.log(line))
      .catch(() => undefined)
  }, 1_000)
}

async function end(): Promise<void> {
  clearInterval(ticking)
  console.log('Stopping...')
  await shoppers?.stop()
}

async function main(): Promise<void> {
  let catalogue: Catalogue | undefined = chooseCatalogue()
  const { counts } = catalogue
  const data = process.env['DURE_DATA'] ?? '.dure'
  const startedAtMs = performance.now()
  await runSystem(marketplace, {
    data,
    port: options.port,
    quiet: true,
    onStop: end,
    onReady: async (run) => {
      if (catalogue) await fill(run, catalogue)
      // The rows of a real catalogue are large, and not needed again.
      catalogue = undefined
      const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1)
      console.log(`gateway    ${run.url}`)
      console.log(`reference  ${run.url}/reference`)
      console.log(`dashboard  ${run.url}/seller/dashboard/1`)
      console.log(`data       ${data}`)
      console.log(`ready after ${seconds} s. Ctrl-C stops it.`)
      begin(run, counts)
    },
  })
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
