import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { connect } from '@nats-io/transport-node'
import { natsCarrier } from '../../src/adapters/nats/carrier.ts'
import { carriedBroker } from '../../src/messaging/carried/carried-broker.ts'
import { freshSystem } from '../brokers/verify-carrier.ts'
import {
  type NatsServer,
  openNats,
  startNats,
  whyNoNats,
  whyNoPrivateNats,
} from '../servers/nats.ts'
import { openParcels, type Parcels, whyNoPython } from './open-parcels.ts'
import { untilSettled, verifyParticipant } from './verify-participant.ts'

/** Both processes, which know each other's messages through the server alone. */
function openOver({ url: servers }: NatsServer, system = freshSystem()): Promise<Parcels> {
  return openParcels({
    system,
    program: 'participant_nats.py',
    told: ['--system', system, '--nats', new URL(servers).host],
    broker: async (clock) =>
      carriedBroker({ carrier: await natsCarrier({ servers, system }), clock }),
  })
}

describe('a service that Python runs, over NATS', { skip: whyNoPython() || whyNoNats() }, () => {
  let server: NatsServer
  before(async () => {
    server = await openNats()
  })
  after(() => server[Symbol.asyncDispose]())

  // It reads the stream from its start each time.
  verifyParticipant({ open: () => openOver(server), again: [] })

  it('publishes again what somebody misses', async () => {
    const system = freshSystem()
    const connection = await connect({ servers: server.url })
    const seen: string[] = []
    let incarnation = ''
    connection.subscribe(`dure.${system}.postage.0.>`, {
      callback: (_, { headers }) => {
        incarnation = headers?.get('dure-incarnation') ?? ''
        seen.push(headers?.get('dure-position') ?? '')
      },
    })
    await connection.flush()
    await using parcels = await openOver(server, system)
    await parcels.place('missed', 500)
    await untilSettled(parcels, 'missed', 1)
    const before = seen.length

    const request = JSON.stringify({ incarnation, after: 1 })
    connection.publish(`dure.${system}.rewind.postage.0`, request)
    await parcels.until(async () => seen.includes('3', before))

    assert.ok(seen.includes('2', before))
    assert.deepEqual(await parcels.announcements('missed'), { counts: [1], shipped: 1 })
    await connection.close()
  })
})

describe('a service that Python runs, over a NATS server that loses its data', {
  skip: whyNoPython() || whyNoPrivateNats(),
}, () => {
  it('goes on, and does once what is published again', async () => {
    await using server = await startNats()
    await using parcels = await openOver(server)
    await parcels.place('before', 500)
    await untilSettled(parcels, 'before', 1)

    await server.crash()
    server.loseData()
    await server.start()
    await parcels.place('after', 500)
    await untilSettled(parcels, 'after', 1)

    assert.deepEqual(await parcels.announcements('before'), { counts: [1], shipped: 1 })
    assert.deepEqual(await parcels.announcements('after'), { counts: [2], shipped: 1 })
  })
})
