// Restate: three services, each of which does one durable step and calls the next.
import * as restate from '@restatedev/restate-sdk'

const third = restate.service({
  name: 'c',
  handlers: { go: async (context, number) => context.run('c', async () => number + 1) },
})
const second = restate.service({
  name: 'b',
  handlers: {
    go: async (context, number) =>
      context.serviceClient(third).go(await context.run('b', async () => number + 1)),
  },
})
const first = restate.service({
  name: 'a',
  handlers: {
    go: async (context, number) =>
      context.serviceClient(second).go(await context.run('a', async () => number + 1)),
  },
})

process.on('disconnect', () => process.exit())
await restate.serve({ services: [first, second, third], port: Number(process.argv[2]) })
process.send('ready')
