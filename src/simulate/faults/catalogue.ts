/** What a fault hits. */
export type FaultGroup =
  | 'message'
  | 'process'
  | 'store'
  | 'broker'
  | 'call'
  | 'clock'
  | 'port'
  | 'user'

/** A fault that can strike whenever something is done: drawn each time. */
export interface PointFault {
  readonly group: FaultGroup
  /** How often it strikes beside the others, where it strikes at all. */
  readonly weight: number
  readonly summary: string
}

/** A fault that begins at a time and ends at another. */
export interface EpisodeFault {
  readonly group: FaultGroup
  /** How often it comes in one world, at most. */
  readonly timesMax: number
  /** How long it lasts at most, in milliseconds; 0: it happens at once. */
  readonly lastsMsMax: number
  readonly summary: string
}

/** Faults that are drawn at each occasion. */
export const pointFaults = {
  'store slow': { group: 'store', weight: 4, summary: 'an answer of the store takes its time' },
  'store busy': { group: 'store', weight: 1, summary: 'the store refuses, and has done nothing' },
  'commit request lost': {
    group: 'store',
    weight: 1,
    summary: 'a commit never arrives, and nobody knows',
  },
  'commit reply lost': {
    group: 'store',
    weight: 1,
    summary: 'a commit is applied, and nobody knows',
  },
  'crash before commit': {
    group: 'process',
    weight: 0.2,
    summary: 'the process dies before its commit',
  },
  'crash after commit': {
    group: 'process',
    weight: 0.2,
    summary: 'the process dies after its commit',
  },
  'crash at cursor': {
    group: 'process',
    weight: 0.2,
    summary: 'the process dies after a commit that moved a cursor',
  },
  'crash before publish': {
    group: 'process',
    weight: 0.2,
    summary: 'the process dies before the broker has its messages',
  },
  'crash after publish': {
    group: 'process',
    weight: 0.2,
    summary: 'the process dies after the broker has its messages',
  },
  'crash before acknowledgement': {
    group: 'process',
    weight: 0.2,
    summary: 'the process dies before it has acknowledged what it handled',
  },
  'publish lost': {
    group: 'message',
    weight: 1,
    summary: 'messages never reach the broker, and the sender is told so late',
  },
  'publish reply lost': {
    group: 'message',
    weight: 1,
    summary: 'messages reach the broker, and the sender is told that they did not',
  },
  'message delayed': {
    group: 'message',
    weight: 4,
    summary: 'messages arrive late, and after those of other topics',
  },
  'acknowledgement lost': {
    group: 'message',
    weight: 1,
    summary: 'what was handled is delivered again',
  },
  'message repeated': {
    group: 'message',
    weight: 1,
    summary: 'old messages are delivered again, minutes later',
  },
  'call slow': { group: 'call', weight: 3, summary: 'a call takes its time' },
  'call lost': {
    group: 'call',
    weight: 1,
    summary: 'a call never arrives, and the caller gives up',
  },
  'answer lost': {
    group: 'call',
    weight: 1,
    summary: 'a call takes effect, and its answer is lost',
  },
  'port slow': { group: 'port', weight: 3, summary: 'the outside takes its time' },
  'port failed': { group: 'port', weight: 2, summary: 'the outside refuses' },
  'port answer lost': {
    group: 'port',
    weight: 2,
    summary: 'the outside acts, and its answer is lost',
  },
  // Why the weight: in the worst worlds a point is as likely to fail as its user says.
  maybe: { group: 'user', weight: 25, summary: 'a point that the user has named' },
} as const satisfies Readonly<Record<string, PointFault>>

/** Faults that have a beginning and an end. */
export const episodeFaults = {
  crash: {
    group: 'process',
    timesMax: 4,
    lastsMsMax: 20_000,
    summary: 'a process dies, whatever it does, and comes back',
  },
  pause: {
    group: 'process',
    timesMax: 3,
    lastsMsMax: 40_000,
    summary: 'a process stands still, and goes on as if nothing had been',
  },
  isolated: {
    group: 'message',
    timesMax: 2,
    lastsMsMax: 20_000,
    summary: 'a process reaches neither store nor broker',
  },
  'cut from broker': {
    group: 'message',
    timesMax: 3,
    lastsMsMax: 20_000,
    summary: 'a process does not reach the broker',
  },
  'deaf to broker': {
    group: 'message',
    timesMax: 3,
    lastsMsMax: 20_000,
    summary: 'a process reaches the broker, and hears nothing of it',
  },
  'cut from store': {
    group: 'store',
    timesMax: 2,
    lastsMsMax: 10_000,
    summary: 'a process does not reach its store',
  },
  'store read-only': {
    group: 'store',
    timesMax: 2,
    lastsMsMax: 15_000,
    summary: 'a store takes no writes',
  },
  'store crawls': {
    group: 'store',
    timesMax: 2,
    lastsMsMax: 15_000,
    summary: 'every answer of a store is slow',
  },
  'tail lost': {
    group: 'broker',
    timesMax: 3,
    lastsMsMax: 0,
    summary: 'the broker loses the last messages that it had acknowledged',
  },
  'topic lost': {
    group: 'broker',
    timesMax: 2,
    lastsMsMax: 0,
    summary: 'the broker loses a whole topic',
  },
  'consumer forgotten': {
    group: 'broker',
    timesMax: 3,
    lastsMsMax: 0,
    summary: 'the broker forgets how far a consumer is',
  },
  'clock jumps': {
    group: 'clock',
    timesMax: 3,
    lastsMsMax: 0,
    summary: 'the clock of a process is set, forth or back',
  },
} as const satisfies Readonly<Record<string, EpisodeFault>>

export type PointFaultName = keyof typeof pointFaults
export type EpisodeFaultName = keyof typeof episodeFaults
export type FaultName = PointFaultName | EpisodeFaultName

/** All faults that a world can have. */
export const faultNames: readonly FaultName[] = [
  // Why the casts: these are the keys of the two tables.
  ...(Object.keys(pointFaults) as PointFaultName[]),
  ...(Object.keys(episodeFaults) as EpisodeFaultName[]),
]
