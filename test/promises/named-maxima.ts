// Every maximum of what runs, and the test that reaches it.

import { adapterMaxima } from './adapter-maxima.ts'

/** A test by its file and the beginning of its title, or of a row or an expectation of its table. */
export type FilledBy = readonly [file: string, title: string]

const filledMessaging = 'test/promises/filled-messaging.test.ts'
const filledRuntime = 'test/promises/filled-runtime.test.ts'
const groupCommit = 'src/log/group-commit.test.ts'
const callPeers = 'src/calls/call-peers.test.ts'
const feeds = 'src/messaging/feeds/feeds.test.ts'
const carriedReader = 'src/messaging/carried/reader.test.ts'
const consumer = 'src/messaging/consumer.test.ts'
const leases = 'src/messaging/leases/lease-keeper.test.ts'
const agenda = 'src/runtime/agenda.test.ts'

export const namedMaxima: Readonly<Record<string, Readonly<Record<string, FilledBy>>>> = {
  ...adapterMaxima,
  'src/calls/call-peers.ts': {
    'callLimits.inFlightMax': [callPeers, 'is refused beyond inFlightMax'],
    'callLimits.restMsMax': [callPeers, 'leaves an instance alone'],
    'callLimits.attemptsMax': [callPeers, 'is asked attemptsMax times'],
  },
  'src/calls/erase-together.ts': {
    erasePatienceMsMax: ['src/calls/erase-together.test.ts', 'goes on alone after'],
  },
  'src/calls/remote-logs.ts': {
    knownLogWaitMsMax: ['test/processes/hosts.int.test.ts', 'start while one that they have'],
    headsWaitMsMax: ['test/processes/hosts.int.test.ts', 'tell how they are, and who'],
  },
  'src/messaging/service-relays.ts': {
    lagWaitMsMax: ['src/runtime/status.test.ts', 'says why it does not know how much the broker'],
  },
  'src/messaging/feeds/feed-follower.ts': {
    'followerLimits.retryMsMax': [feeds, 'asks again while the producer is away'],
  },
  'src/messaging/feeds/serve-feed.ts': {
    feedWaitMsMax: [feeds, 'answers with nothing when nothing came'],
    feedKindsMax: [feeds, 'looks at feedKindsMax kinds'],
  },
  'src/language/probe.ts': {
    runsMax: ['src/language/probe.test.ts', 'runs a function so often at most'],
  },
  'src/language/stand-in.ts': {
    looksMax: ['src/language/probe.test.ts', 'comes back from loops that made-up data'],
  },
  'src/language/saga/make-nodes.ts': {
    retryWaitMsMax: ['src/sagas/choice-and-retry.test.ts', 'waits a day at most'],
  },
  'src/language/schema.ts': {
    schemaIssuesMax: ['src/language/schema.test.ts', 'is told of '],
  },
  'src/log/entry-size.ts': {
    entryCharactersMax: ['src/runtime/decide.test.ts', 'is refused when an event is larger'],
  },
  'src/log/group-commit.ts': {
    'groupCommitLimits.groupMax': [groupCommit, 'divides what waits into groups'],
    'groupCommitLimits.queueMax': [groupCommit, 'refuses more than may wait'],
    'groupCommitLimits.unknownRetriesMax': [groupCommit, 'hands a group whose outcome stays'],
  },
  'src/log/store.port.ts': {
    storeTextMax: [
      'src/testing/contracts/store/commit.contract.ts',
      'applies nothing of a batch that holds a text longer',
    ],
    loadedEventsMax: [
      'src/testing/contracts/store/stream.contract.ts',
      'loads at most so many events',
    ],
  },
  'src/messaging/carried/incoming.ts': {
    nearMax: [carriedReader, 'is read with others when he is near them'],
  },
  'src/messaging/carried/limits.ts': {
    'carriedBrokerLimits.waitingMax': [carriedReader, 'takes no more than so many messages'],
    'carriedBrokerLimits.charactersMax': [carriedReader, 'takes no more than so many characters'],
    'carriedBrokerLimits.batchMax': [carriedReader, 'gives so many messages at once'],
    'carriedBrokerLimits.passedMax': [carriedReader, 'tells how far it passed over'],
    'carriedBrokerLimits.retryMsMax': [carriedReader, 'waits longer each time'],
    'carriedBrokerLimits.askMsMax': [carriedReader, 'asks again and again'],
  },
  'src/messaging/carried/reader.ts': {
    retiredMax: [carriedReader, 'knows so many logs'],
  },
  'src/messaging/consumer.ts': {
    'consumerLimits.togetherMax': [consumer, 'makes one commit of so many messages'],
    'consumerLimits.skippedMax': [consumer, 'stores the cursor for what it passes over'],
    'consumerLimits.conflictsMax': [consumer, 'handles messages anew when somebody else wrote'],
  },
  'src/messaging/envelope.ts': {
    messageCharactersMax: ['src/messaging/envelope.test.ts', 'is not read when it is no JSON'],
  },
  'src/messaging/leases/lease-keeper.ts': {
    'leaseLimits.conflictsMax': [leases, 'are asked for so often at once while others'],
  },
  'src/messaging/log-tail.ts': {
    'logTailLimits.entriesMax': ['src/messaging/log-tail.test.ts', 'forgets the oldest entries'],
    'logTailLimits.charactersMax': ['src/messaging/log-tail.test.ts', 'forgets the oldest entries'],
  },
  'src/messaging/parked.ts': {
    parkedPageMax: [filledMessaging, 'are read page by page'],
    reasonCharactersMax: [filledMessaging, 'keep so much of their reason'],
  },
  'src/messaging/send.ts': {
    messageMetaCharactersMax: ['src/messaging/send.test.ts', 'is refused before it is sent'],
  },
  'src/messaging/relay.ts': {
    'relayLimits.pageMax': ['src/messaging/relay.test.ts', 'passes on what the log held before'],
    'relayLimits.retryMsMax': [filledMessaging, 'waits longer each time'],
  },
  'src/runtime/agenda.ts': {
    'agendaLimits.runningMax': [filledRuntime, 'acts on so many timers'],
    'agendaLimits.knownMax': [filledRuntime, 'knows so many timers'],
    'agendaLimits.attemptsMax': [agenda, 'is parked with its reason when it was tried too often'],
    'agendaLimits.conflictsMax': [filledRuntime, 'acts on a timer anew so often'],
    'agendaLimits.retryMsMax': [agenda, 'that cannot be acted on are tried again after a while'],
    'agendaLimits.sleepMsMax': [filledRuntime, 'never sleeps longer than it may'],
  },
  'src/runtime/decide.ts': {
    eventsPerDecisionMax: ['src/runtime/decide.test.ts', 'is refused with more than '],
    keyCharactersMax: ['src/runtime/decide.test.ts', 'is refused when the data of the command'],
  },
  'src/runtime/execute.ts': {
    conflictRetriesMax: ['src/runtime/execute.test.ts', 'gives up when somebody else is first'],
  },
  'src/runtime/handle-message.ts': {
    commandsPerPolicyMax: [filledRuntime, 'gives so many commands for one event'],
  },
  'src/runtime/load-state.ts': {
    replayPageMax: ['src/runtime/load-state.test.ts', 'is replayed page by page'],
  },
  'src/runtime/operate.ts': {
    takeOffAttemptsMax: [filledRuntime, 'is tried anew so often as it may'],
  },
  'src/runtime/start-system.ts': {
    callsMax: [filledRuntime, 'are refused beyond what it answers at once'],
  },
  'src/runtime/workspace.ts': {
    'workspaceLimits.streamCellsMax': [filledRuntime, 'remembers about so many streams'],
    'workspaceLimits.documentCellsMax': [filledRuntime, 'remembers about so many streams'],
    'workspaceLimits.loadsMax': ['src/runtime/workspace.test.ts', 'gives up on a draft that'],
  },
  'src/sagas/saga-walk.ts': {
    eachItemsMax: ['src/sagas/each-and-parallel.test.ts', 'turns back before anything is sent'],
  },
  'src/sagas/isolation/lock-state.ts': {
    lockWaitersMax: ['test/isolation/locks.test.ts', 'holds so many and no more'],
    freedLocksMax: ['test/isolation/operate-locks.test.ts', 'is remembered, the last so many'],
  },
  'src/sagas/isolation/key-line.ts': {
    keyLineMax: ['src/sagas/isolation/key-line.test.ts', 'takes so many messages'],
  },
  'src/sagas/isolation/operate-locks.ts': {
    locksPageMax: ['test/isolation/operate-locks.test.ts', 'are listed page by page'],
    lockReasonCharactersMax: [
      'test/isolation/operate-locks.test.ts',
      'is refused without a reason',
    ],
    freeLockAttemptsMax: ['test/isolation/operate-locks.test.ts', 'is given up when others are'],
  },
  'src/sagas/isolation/lock-patience.ts': {
    patienceSleepMsMax: [
      'src/sagas/isolation/lock-patience.test.ts',
      'looks again by itself where',
    ],
  },
  'src/sagas/saga-state.ts': {
    interventionsMax: ['src/sagas/intervene-saga.test.ts', 'is bounded: the last ones are kept'],
  },
  'src/sagas/operating/list-sagas.ts': {
    sagasPageMax: ['src/sagas/operating/list-sagas.test.ts', 'is bounded, whatever is asked for'],
  },
  'src/sagas/operating/story-rows.ts': {
    storyRowsMax: ['test/sagas/render-story.test.ts', 'is bounded: of a long story'],
  },
  'src/sagas/operating/intervene.ts': {
    interveneAttemptsMax: ['src/sagas/operating/intervene.test.ts', 'gives up after as many'],
  },
  'src/sagas/operating/check-request.ts': {
    reasonCharactersMax: ['test/sagas/operate-sagas.test.ts', 'refuses with a code, and'],
  },
  'src/sagas/operating/read-between.ts': {
    logPageMax: ['test/sagas/saga-story.test.ts', 'is found in logs of many pages'],
  },
  'src/sagas/count-open.ts': {
    openPageMax: [filledRuntime, 'are counted page by page'],
  },
  'src/views/index-rows.ts': {
    indexValuesMax: [filledRuntime, 'has so many values for one document'],
  },
  'src/views/inline-views.ts': {
    documentsPerEventMax: ['src/views/inline-views.test.ts', 'is refused when it changes more'],
  },
  'src/views/reader.ts': {
    'findLimit.max': ['src/views/reader.test.ts', 'gives no more than it is asked for'],
  },
  'src/views/wait-for-token.ts': {
    tokenWaitMsMax: ['src/views/wait-for-token.test.ts', 'is answered as soon as the views'],
  },
}

/** What is called a maximum and holds nothing back that could grow. */
export const noMaxima: Readonly<Record<string, string>> = {
  'src/adapters/http/json/scan-json.ts comparedKeysMax': 'chooses between two ways to one result',
  'src/adapters/http/json/scan-json.ts exactDigitsMax': 'chooses between two ways to one result',
  'src/adapters/node/control-client.ts silenceMsMax': 'a wait of two minutes; nothing grows in it',
  'src/adapters/sqlite/schema.ts partitionsMax': 'what a position of SQLite has room for',
  'src/adapters/sqlite/store-file.ts noteCharactersMax': 'how much of a note of its own it reads',
  'src/runtime/operate.ts timersCountedMax': 'a status says "so many" instead of counting on',
}
