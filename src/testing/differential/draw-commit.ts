// Random commits, drawn from a seed: every part of a commit comes, mostly as the model would take it.
import type {
  Commit,
  CursorMove,
  DocumentCheck,
  DocumentWrite,
  NewEntry,
  ParkedMessage,
  Store,
  StreamWrite,
  Timer,
} from '../../log/store.port.ts'
import type { Chance } from '../../simulate/world/chance.ts'

/** Names with which texts are ordered and kept wrongly first. */
export const sampleNames = ['a', 'b', 'a\u0000', '🙂', '\uffff', 'ab'] as const
export const sampleViews = ['v', 'w'] as const
export const sampleIndexes = ['x', 'y'] as const
export const sampleValues: readonly [string | number, ...(string | number)[]] = [
  0,
  1,
  1.5,
  -3,
  '1',
  ...sampleNames,
]
/** Few enough that ids come again. */
export const sampleIds = Array.from({ length: 20 }, (_, index) => `c${index}`)

const texts = ['', '{}', '"é 한글"', '🙂', '\u0000', '\uffff', '[1e21,9007199254740993]'] as const

export interface DrawOptions {
  readonly chance: Chance
  /** What is there: expectations are drawn around it. */
  readonly model: Store
  readonly partitions: number
}

/** Draws a batch of one to four commits. */
export async function drawBatch(options: DrawOptions): Promise<readonly Commit[]> {
  const batch: Commit[] = []
  const count = options.chance.between(1, 4)
  for (let number = 0; number < count; number += 1) batch.push(await drawCommit(options))
  return batch
}

async function drawCommit(options: DrawOptions): Promise<Commit> {
  const { chance } = options
  const streams = await Promise.all(
    some(chance, sampleNames, 0.5).map((stream) => drawStream(options, stream)),
  )
  const messages = some(chance, texts, 0.5).map((data) => drawMessage(options, data))
  const documents = some(chance, pairs(sampleViews, sampleNames), 0.5)
  const cursors = some(chance, pairs(['s', 't'], sampleNames), 0.25)
  return {
    ...drawIdentity(chance),
    streams: streams.map(({ write }) => write),
    entries: [...streams.flatMap(({ entries }) => entries), ...messages],
    documents: await Promise.all(documents.map((place) => drawDocument(options, place))),
    checkDocuments: await Promise.all(
      some(chance, pairs(sampleViews, sampleNames), 0.2).map((place) => drawCheck(options, place)),
    ),
    cursors: await Promise.all(cursors.map((place) => drawCursor(options, place))),
    setTimers: some(chance, sampleNames, 0.5).map((id) => drawTimer(chance, id)),
    cancelTimers: some(chance, sampleNames, 0.25),
    fireTimers: some(chance, sampleNames, 0.12),
    park: some(chance, sampleNames, 0.25).map((id) => drawParked(chance, id)),
    unpark: some(chance, sampleNames, 0.12),
    clearViews: some(chance, sampleViews, 0.12),
  }
}

/** A text that was chosen because it is hard, or any well-formed one. */
function drawText(chance: Chance): string {
  if (chance.happens(0.6)) return chance.pick(texts)
  const points = Array.from({ length: chance.between(0, 8) }, () => chance.between(0, 0x10_ffff))
  return String.fromCodePoint(...points.filter((point) => point < 0xd800 || point > 0xdfff))
}

/** At times one to three of these, each at most once; none otherwise. */
function some<T>(chance: Chance, all: readonly T[], share: number): readonly T[] {
  if (!chance.happens(share)) return []
  const left = [...all]
  const count = Math.min(left.length, chance.between(1, 3))
  return Array.from({ length: count }, () =>
    left.splice(chance.between(0, left.length - 1), 1),
  ).flat()
}

function pairs<A, B>(ones: readonly A[], others: readonly B[]): readonly (readonly [A, B])[] {
  return ones.flatMap((one) => others.map((other) => [one, other] as const))
}

/** Mostly what is there; now and then a little beside it. */
function near(chance: Chance, actual: number): number {
  return Math.max(0, actual + (chance.happens(0.8) ? 0 : chance.pick([-1, 1, 2] as const)))
}

function drawIdentity(chance: Chance): Pick<Commit, 'id' | 'fingerprint' | 'result'> {
  if (chance.happens(0.3)) return {}
  return {
    id: chance.pick(sampleIds) ?? '',
    fingerprint: chance.happens(0.75) ? 'f' : 'g',
    result: drawText(chance),
  }
}

async function drawStream(
  { chance, model, partitions }: DrawOptions,
  stream: string,
): Promise<{ readonly write: StreamWrite; readonly entries: readonly NewEntry[] }> {
  const [answer] = await model.snapshot([{ kind: 'stream', stream }])
  const expected = near(chance, answer?.kind === 'stream' ? answer.stream.version : 0)
  const next = expected + chance.between(0, 3)
  const entries: NewEntry[] = []
  for (let version = expected + 1; version <= next; version += 1) {
    // A version has an event or not.
    if (chance.happens(0.5)) continue
    entries.push({
      kind: 'event',
      type: 'service.Happened',
      schemaVersion: chance.between(1, 3),
      stream,
      streamVersion: version,
      key: stream,
      partition: stream.length % partitions,
      data: drawText(chance),
      meta: '{}',
      atMs: version,
    })
  }
  const hasState = next > expected && chance.happens(0.4)
  const state = hasState ? { state: drawText(chance), stateVersion: chance.between(0, 4) } : {}
  return { write: { stream, expected, next, ...state }, entries }
}

function drawMessage({ chance, partitions }: DrawOptions, data: string): NewEntry {
  return {
    kind: chance.pick(['command', 'reply'] as const),
    type: chance.pick(sampleNames),
    schemaVersion: chance.between(0, 4),
    key: chance.pick(sampleNames),
    partition: chance.between(0, partitions - 1),
    to: chance.pick(sampleNames),
    data,
    meta: drawText(chance),
    atMs: chance.between(0, 1e9),
  }
}

async function drawDocument(
  { chance, model, partitions }: DrawOptions,
  [view, key]: readonly [string, string],
): Promise<DocumentWrite> {
  const { expected } = await drawCheck({ chance, model, partitions }, [view, key])
  const value = chance.happens(0.8) ? { value: drawText(chance) } : {}
  const [index, unindex] = [drawRows(chance), drawRows(chance)]
  const isChosen = expected === 0 && chance.happens(0.3)
  const first = isChosen ? { first: chance.between(1, 2 ** 48) } : {}
  return { view, key, expected, ...first, ...value, index, unindex }
}

async function drawCheck(
  { chance, model }: DrawOptions,
  [view, key]: readonly [string, string],
): Promise<DocumentCheck> {
  const [answer] = await model.snapshot([{ kind: 'get', view, key }])
  const actual = answer?.kind === 'documents' ? (answer.documents[0]?.version ?? 0) : 0
  return { view, key, expected: near(chance, actual) }
}

function drawRows(chance: Chance): NonNullable<DocumentWrite['index']> {
  return Array.from(
    { length: chance.between(0, 3) },
    () => [chance.pick(sampleIndexes), chance.pick(sampleValues)] as const,
  )
}

async function drawCursor(
  { chance, model }: DrawOptions,
  [source, consumer]: readonly [string, string],
): Promise<CursorMove> {
  const incarnation = chance.pick(['i1', 'i1', 'i2'] as const)
  const partition = chance.between(0, 1)
  const stored = (await model.cursors()).find(
    (each) =>
      each.consumer === consumer &&
      each.source === source &&
      each.incarnation === incarnation &&
      each.partition === partition,
  )
  const expected = near(chance, stored?.position ?? 0)
  return { consumer, source, incarnation, partition, expected, position: chance.between(0, 4) }
}

function drawTimer(chance: Chance, id: string): Timer {
  return { id, atMs: chance.between(0, 5), data: drawText(chance) }
}

function drawParked(chance: Chance, id: string): ParkedMessage {
  return {
    id,
    consumer: chance.pick(sampleNames),
    source: chance.pick(sampleNames),
    partition: chance.between(0, 4),
    position: chance.between(0, 1e9),
    key: chance.pick(sampleNames),
    envelope: drawText(chance),
    code: drawText(chance),
    reason: drawText(chance),
    attempts: chance.between(0, 4),
    atMs: chance.between(0, 1e9),
  }
}
