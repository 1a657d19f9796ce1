// The maxima of adapters, and the tests that reach them; part of named-maxima.ts.
import type { FilledBy } from './named-maxima.ts'

const filledMessaging = 'test/promises/filled-messaging.test.ts'
const standby = 'test/postgres/standby.int.test.ts'
const peers = 'src/adapters/http/peers/peers.int.test.ts'
const kafkaTopics = 'src/adapters/kafka/topics.test.ts'
const rabbitStreams = 'test/rabbitmq/streams.int.test.ts'
const carrierContract = 'src/testing/contracts/carrier.contract.ts'
const scanJson = 'src/adapters/http/json/scan-json.test.ts'
const connections = 'test/http/connections.int.test.ts'
const slowClients = 'test/http/slow-clients.int.test.ts'
const hostile = 'test/http/hostile-requests-table.ts'
const tailingPostgres = 'test/postgres/tailing.int.test.ts'
const openingPostgres = 'test/postgres/opening.int.test.ts'

export const adapterMaxima: Readonly<Record<string, Readonly<Record<string, FilledBy>>>> = {
  'src/adapters/http/peers/ask-peers.ts': {
    'peerLimits.connectionsMax': [peers, 'asks over connectionsMax connections'],
    'peerLimits.feedConnectionsMax': [peers, 'keeps readers of feeds, feedConnectionsMax'],
    'peerLimits.connectMsMax': [peers, 'gives a connection connectMsMax to open'],
  },
  'src/adapters/http/peers/peer-wire.ts': {
    peerBytesMax: [peers, 'refuses what is no question, and what is too large'],
    peerTimeoutMsMax: [peers, 'gives an answer peerTimeoutMsMax at most'],
  },
  'src/adapters/http/peers/together-lines.ts': {
    togetherMax: [peers, 'travel with one request, togetherMax of them at most'],
    togetherCharactersMax: [peers, 'are no longer than togetherCharactersMax'],
  },
  'src/adapters/postgres/connections.ts': {
    'postgresLimits.readersMax': [
      'test/postgres/faults.int.test.ts',
      'keeps commits and reads apart',
    ],
  },
  'src/adapters/postgres/gather-reads.ts': {
    onTheWayMax: ['src/adapters/postgres/gather-reads.test.ts', 'wait while two statements'],
    gatheredReadsMax: [
      'src/adapters/postgres/gather-reads.test.ts',
      'are so many in one statement',
    ],
  },
  'src/adapters/postgres/rows.ts': {
    indexedCharactersMax: [openingPostgres, 'finds documents by a value that is longer'],
  },
  'src/adapters/postgres/stores.ts': {
    nameBytesMax: [openingPostgres, 'keeps names apart that are longer'],
    partitionsMax: [openingPostgres, 'keeps names apart that are longer'],
  },
  'src/adapters/kafka/limits.ts': {
    'kafkaLimits.fetchedBytesMax': [kafkaTopics, 'are asked for no more than fetchedBytesMax'],
    'kafkaLimits.lookedMax': ['test/kafka/topics.int.test.ts', 'are read past what others'],
    'kafkaLimits.leaderLooksMax': [kafkaTopics, 'are looked for until somebody leads them'],
    'kafkaLimits.retryMsMax': ['src/adapters/kafka/limits.test.ts', 'waits longer each time'],
  },
  'src/adapters/kafka/place.ts': {
    portMax: ['src/adapters/kafka/place.test.ts', 'is refused as'],
  },
  'src/adapters/postgres/standby/watch-standby.ts': {
    'standbyLimits.stalenessMsMax': [
      standby,
      'are read from the primary while the standby is later',
    ],
    'standbyLimits.answerMsMax': [standby, 'are read from the primary while the standby is frozen'],
    'standbyLimits.restMsMax': [standby, 'are read from the primary while the standby is away'],
  },
  'src/adapters/postgres/tailing/follow-log.ts': {
    'tailingLimits.againMsMax': [tailingPostgres, 'is read while no slot is free, says so once'],
    'tailingLimits.retainedBytesMax': [
      tailingPostgres,
      'is given up by a slot that keeps too much',
    ],
  },
  'src/adapters/memory/carrier.ts': {
    takenMax: [carrierContract, 'hands nothing on while what was handed over'],
  },
  'src/adapters/memory/broker.ts': {
    'memoryBrokerLimits.batchesMax': [filledMessaging, 'is bounded: a subscriber that takes'],
    'memoryBrokerLimits.mergedMax': [filledMessaging, 'is bounded: a subscriber that takes'],
    'memoryBrokerLimits.passedMax': [
      'src/adapters/memory/broker-passing.test.ts',
      'tells how far a topic was passed over',
    ],
    'memoryBrokerLimits.retryMsMax': [filledMessaging, 'is delivered again after a wait'],
  },
  'src/adapters/nats/appender.ts': {
    appendedBytesMax: [carrierContract, 'carries more large messages at once'],
  },
  'src/adapters/nats/limits.ts': {
    'natsConsumptionLimits.pulledMax': [carrierContract, 'hands messages on as they were written'],
    'natsConsumptionLimits.pulledBytesMax': [carrierContract, 'carries more large messages'],
    'natsConsumptionLimits.retryMsMax': ['src/adapters/nats/limits.test.ts', 'waits longer each'],
  },
  'src/adapters/rabbitmq/link.ts': {
    'rabbitLimits.retryMsMax': ['src/adapters/rabbitmq/link.test.ts', 'waits longer each time'],
    'rabbitLimits.appendedBytesMax': [carrierContract, 'carries more large messages at once'],
    'rabbitLimits.prefetchMax': [carrierContract, 'hands nothing on while what was handed over'],
    'rabbitLimits.makingMax': [carrierContract, 'lets everybody read the same order'],
    'rabbitLimits.lookedMax': [rabbitStreams, 'finds the end of a log behind many marks'],
  },
  'src/adapters/rabbitmq/carrier.ts': {
    messageBytesMax: [carrierContract, 'carries messages of the size'],
  },
  'src/adapters/node/clock.ts': {
    timeoutMsMax: ['src/adapters/node/clock.test.ts', 'runs tasks whose delay is longer'],
  },
  'src/adapters/node/control-place.ts': {
    socketBytesMax: ['src/adapters/node/control-door.test.ts', 'lies in a private folder'],
  },
  'src/adapters/node/control-protocol.ts': {
    requestBytesMax: ['src/adapters/node/control-door.test.ts', 'refuses what it does not know'],
  },
  'src/adapters/http/limits.ts': {
    'httpLimits.connectionsMax': [connections, 'one connection more than there may be'],
    'httpLimits.requestsInFlightMax': [slowClients, 'a client that goes away in the middle'],
    'httpLimits.pipelinedMax': [connections, 'more requests at once than a connection may'],
    'httpLimits.requestsPerConnectionMax': [connections, 'a connection ends after as many'],
    'httpLimits.urlBytesMax': [hostile, 'a URL of 9 KB'],
    'httpLimits.headerBytesMax': [hostile, 'headers of 20 KB'],
    'httpLimits.headersMax': ['src/adapters/http/request/admission.test.ts', 'many headers'],
    'httpLimits.queryParametersMax': [hostile, '101 parameters'],
    'httpLimits.bodyBytesMax': [hostile, 'chunks over the limit'],
    'httpLimits.depthMax': [scanJson, 'nested deeper than 32'],
    'httpLimits.valuesMax': [scanJson, 'counts keys and values up to their limits'],
    'httpLimits.keysPerObjectMax': [scanJson, 'counts keys and values up to their limits'],
    'httpLimits.numberCharsMax': [scanJson, 'more than 64 characters'],
    'httpLimits.answerTimeoutMsMax': [slowClients, 'a command that takes too long'],
  },
  'src/adapters/http/request/command-id.ts': {
    commandIdCharsMax: [
      'src/adapters/http/request/command-id.test.ts',
      'becomes a hash where it would be too long',
    ],
  },
  'src/adapters/http/request/consistency-token.ts': {
    tokenCharsMax: [
      'src/adapters/http/request/consistency-token.test.ts',
      'refuses what nobody has written',
    ],
  },
  'src/adapters/http/request/printable.ts': {
    shownCharsMax: [scanJson, 'shows no more of a name than 64 harmless characters'],
  },
  'src/adapters/sqlite/open-database.ts': {
    journalBytesMax: ['src/adapters/sqlite/full.int.test.ts', 'stays bounded while a store'],
  },
}
