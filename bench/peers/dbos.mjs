// DBOS Transact: a workflow of three steps, awaited to its result.
import { DBOS } from '@dbos-inc/dbos-sdk'
import { drive } from '../systems/drive.ts'

DBOS.setConfig({ name: 'bench', systemDatabaseUrl: process.argv[2], logLevel: 'error' })
const three = DBOS.registerWorkflow(
  async (number) => {
    const first = await DBOS.runStep(async () => number + 1, { name: 'first' })
    const second = await DBOS.runStep(async () => first + 1, { name: 'second' })
    return DBOS.runStep(async () => second + 1, { name: 'third' })
  },
  { name: 'three' },
)
await DBOS.launch()

process.on('disconnect', () => process.exit())
const run = async (index) => {
  if ((await three(index)) !== index + 3) throw new Error('The workflow gave something else.')
}
process.on('message', (asked) => {
  void drive({ ...asked, run }).then((sample) => process.send(sample))
})
process.send('ready')
