// What each service does with the channels: it writes its own log, takes what it wants of others, and answers commands.
import type { JsonSchema } from '../json-schema.ts'
import type { Flow } from './flows.ts'
import { messageName } from './messages.ts'

export interface AsyncOperationsOptions {
  /** Only operations of this service. */
  readonly service: string | undefined
  /** Whether a log can be asked for again. */
  readonly hasRewinds: boolean
  readonly bindings: JsonSchema | undefined
}

type Operation = readonly [name: string, operation: JsonSchema]

/** Renders the operations, by their names: `<service>.<what it does>`. */
export function operationsOf(
  flows: readonly Flow[],
  { service, hasRewinds, bindings }: AsyncOperationsOptions,
): Readonly<Record<string, JsonSchema>> {
  const all = [
    ...writing(flows),
    ...taking(flows),
    ...flows.filter(({ kind }) => kind === 'command').flatMap((flow) => asking(flow, flows)),
    ...(hasRewinds ? rewinding(flows) : []),
  ]
  const own = all.filter(([name]) => service === undefined || name.startsWith(`${service}.`))
  return Object.fromEntries(
    own.map(([name, operation]) => [name, bindings ? { ...operation, bindings } : operation]),
  )
}

/** Each service writes the events of its log. */
function writing(flows: readonly Flow[]): readonly Operation[] {
  const byWriter = Map.groupBy(events(flows), ({ from }) => from)
  return [...byWriter].map(([writer, own]) => [
    `${writer}.write`,
    operation({ service: writer, action: 'send', channel: writer, messages: own }),
  ])
}

/** Each service takes the events that it wants. */
function taking(flows: readonly Flow[]): readonly Operation[] {
  const all = events(flows)
  return [...new Set(all.flatMap(({ to }) => to))].flatMap((service) => {
    const byLog = Map.groupBy(
      all.filter(({ to }) => to.includes(service)),
      ({ from }) => from,
    )
    return [...byLog].map(([channel, messages]): Operation => {
      const facts = { service, action: 'receive', channel, messages } as const
      return [`${service}.take.${channel}`, operation(facts)]
    })
  })
}

/** A command is sent by one service and carried out by another, which replies in its own log where a saga waits. */
function asking(command: Flow, flows: readonly Flow[]): readonly Operation[] {
  const {
    type,
    from,
    to: [asked = ''],
  } = command
  const isReply = (each: Flow): boolean =>
    each.kind === 'reply' && each.type === type && each.to.includes(from)
  const reply = flows.some(isReply) ? { reply: replyOf(asked, type) } : {}
  const facts = { channel: from, messages: [command] }
  return [
    [
      `${from}.ask.${type}`,
      { ...operation({ ...facts, service: from, action: 'send' }), ...reply },
    ],
    [
      `${asked}.answer.${type}.from.${from}`,
      { ...operation({ ...facts, service: asked, action: 'receive' }), ...reply },
    ],
  ]
}

function replyOf(asked: string, type: string): JsonSchema {
  return { channel: channelOf(asked), messages: [messageOf(asked, { kind: 'reply', type })] }
}

function rewinding(flows: readonly Flow[]): readonly Operation[] {
  const readers = Map.groupBy(
    flows.flatMap(({ from, to }) => to.map((reader) => ({ from, reader }))),
    ({ from }) => from,
  )
  return [...readers].flatMap(([log, each]) => {
    const facts = { channel: channelOf(`${log}.rewind`), messages: [rewindOf(log)] }
    const asking = [...new Set(each.map(({ reader }) => reader))].map(
      (reader): Operation => [
        `${reader}.rewind.${log}`,
        { action: 'send', ...facts, tags: [{ name: reader }] },
      ],
    )
    return [
      ...asking,
      [`${log}.publish-again`, { action: 'receive', ...facts, tags: [{ name: log }] }],
    ]
  })
}

interface OperationFacts {
  readonly service: string
  readonly action: 'send' | 'receive'
  /** The service whose log it is. */
  readonly channel: string
  readonly messages: readonly Flow[]
}

function operation({ service, action, channel, messages }: OperationFacts): JsonSchema {
  return {
    action,
    channel: channelOf(channel),
    messages: messages.map((each) => messageOf(channel, each)),
    tags: [{ name: service }],
  }
}

function events(flows: readonly Flow[]): readonly Flow[] {
  return flows.filter(({ kind }) => kind === 'event')
}

function channelOf(name: string): JsonSchema {
  return { $ref: `#/channels/${name}` }
}

function messageOf(channel: string, flow: Pick<Flow, 'kind' | 'type'>): JsonSchema {
  return { $ref: `#/channels/${channel}/messages/${messageName(flow)}` }
}

function rewindOf(log: string): JsonSchema {
  return { $ref: `#/channels/${log}.rewind/messages/rewind` }
}
