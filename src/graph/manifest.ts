// A system as plain data: what the checks, the pictures and other programs read. It survives JSON.

/** Stands where a function would have to run to tell, and running it on made-up data did not tell. */
export const unknownTarget = 'unknown'

export interface CommandManifest {
  /** Full name: `stock.reserve`. */
  readonly type: string
  /** The aggregate that decides it. */
  readonly decidedBy?: string
  /** Events that its decision was seen to give; there may be others. */
  readonly makes: readonly string[]
  readonly hasOutput: boolean
  readonly rejects: readonly string[]
  readonly isPrepared: boolean
  /** Driven ports that its preparation was seen to use; there may be others. */
  readonly uses: readonly string[]
  readonly summary?: string
}

export interface EventManifest {
  readonly type: string
  readonly version: number
  /** Aggregates whose state it changes. */
  readonly evolves: readonly string[]
}

export interface QueryManifest {
  readonly type: string
  readonly isAnswered: boolean
  readonly rejects: readonly string[]
  readonly summary?: string
}

/** A semantic lock of each instance of an aggregate; its commands are full names. */
export interface LockManifest {
  readonly name: string
  readonly takes: readonly string[]
  readonly frees: readonly string[]
  readonly guards: readonly string[]
  readonly whenHeld: 'wait' | 'queue' | 'reject'
  /** Absent for `reject`. */
  readonly deadlineMs?: number
  /** Set when it looks at the command before it is taken or met. */
  readonly isByValue?: true
}

export interface AggregateManifest {
  readonly name: string
  readonly stored: 'events' | 'state'
  readonly version: number
  readonly locks?: readonly LockManifest[]
  /** Commands that are marked as commutative. */
  readonly commutative?: readonly string[]
  /** Commands that are compared with the version of their instance. */
  readonly reread?: readonly string[]
}

export interface ViewManifest {
  readonly name: string
  readonly consistency: 'inline' | 'async'
  readonly version: number
  readonly indexes: readonly string[]
  /** Events that change it. */
  readonly follows: readonly string[]
}

export interface ReactionManifest {
  readonly on: string
  /** Commands that the reaction was seen to give; `unknown` when it gave none on made-up data. */
  readonly sends: readonly string[]
}

export interface PolicyManifest {
  readonly name: string
  readonly reactions: readonly ReactionManifest[]
}

export interface ServiceManifest {
  readonly name: string
  readonly commands: readonly CommandManifest[]
  readonly events: readonly EventManifest[]
  readonly queries: readonly QueryManifest[]
  readonly aggregates: readonly AggregateManifest[]
  readonly views: readonly ViewManifest[]
  readonly policies: readonly PolicyManifest[]
  /** Driven ports that it declares. */
  readonly ports: readonly string[]
  /** Set when it is not written with Dure: only its contract is known. */
  readonly isElsewhere?: true
}

/** Whether a saga can still turn back at a node. */
export type SagaPhase = 'before' | 'pivot' | 'after'

export type SagaNodeManifest = SagaStepManifest | SagaBranchingManifest | SagaEnsureManifest

export interface SagaStepManifest {
  readonly node: 'step' | 'each'
  readonly name: string
  readonly phase: SagaPhase
  /** The command that it sends, or `unknown`. */
  readonly command: string
  /** The command that takes it back, or `unknown`; absent when there is none. */
  readonly undo?: string
  /** Set when the step says of itself that it changes nothing. */
  readonly effect?: 'none'
  readonly deadlineMs?: number
  /** For `each`: the longest list, and what a rejection does. */
  readonly max?: number
  readonly rejection?: 'fail' | 'collect'
  /** Locks that its command takes or frees, by name. */
  readonly takes?: readonly string[]
  readonly frees?: readonly string[]
  /** Which instance its command is for, when a lock can hold it up: `input.roomId`; absent where nobody can say. */
  readonly instance?: string
  /** For `each`: by what its items are ordered, which are then sent one after the other; `unknown` where nobody can say. */
  readonly inOrderOf?: string
  /** How often it is sent again when it is rejected, after how many milliseconds, and after which rejections. */
  readonly retry?: {
    readonly times: number
    readonly afterMs: number
    readonly factor: number
    readonly on?: readonly string[]
  }
}

/** Several ways at once, or one of several. */
export interface SagaBranchingManifest {
  readonly node: 'parallel' | 'choice'
  readonly name: string
  readonly branches: readonly {
    readonly name: string
    readonly nodes: readonly SagaNodeManifest[]
  }[]
}

export interface SagaEnsureManifest {
  readonly node: 'ensure'
  readonly name: string
  readonly phase: SagaPhase
}

/** One version of the plan of a saga. */
export interface SagaPlanManifest {
  readonly version: number
  readonly deadlineMs?: number
  readonly nodes: readonly SagaNodeManifest[]
  /** The command that tells of a failure, or `unknown`; absent when there is none. */
  readonly notice?: string
  /** Fingerprints of the code, by the names of its nodes: another one says that something is different, and not what. */
  readonly code?: Readonly<Record<string, string>>
}

/** A version that running instances may still go by. */
export interface EarlierPlanManifest extends SagaPlanManifest {
  /** The version that they move to; absent when they end by their own. */
  readonly movesTo?: number
}

export interface SagaManifest extends SagaPlanManifest {
  readonly name: string
  /** How it is run: by a coordinator, or passed on from participant to participant. */
  readonly style: 'orchestrated' | 'choreographed'
  /** The service that keeps its state; that starts it, when it is choreographed. */
  readonly by: string
  readonly startsOn: readonly string[]
  /** The versions that it replaces, the newest first. */
  readonly earlier?: readonly EarlierPlanManifest[]
}

export interface RouteManifest {
  readonly method: string
  readonly path: string
  /** Commands and queries behind the route: for a composed one those that it was seen to call. */
  readonly calls: readonly string[]
  readonly isComposed: boolean
  readonly summary?: string
}

export interface GatewayManifest {
  readonly name: string
  readonly routes: readonly RouteManifest[]
}

export interface PortManifest {
  readonly name: string
  readonly operations: readonly string[]
  readonly neededBy: readonly string[]
  /** How many adapters the system binds to it: one is right. */
  readonly bindings: number
  /** Whether several different ports have this name. */
  readonly isAmbiguous: boolean
}

export interface Manifest {
  /** Version of this format. */
  readonly format: 1
  readonly system: string
  readonly services: readonly ServiceManifest[]
  readonly sagas: readonly SagaManifest[]
  readonly gateways: readonly GatewayManifest[]
  readonly ports: readonly PortManifest[]
}

/** The service that a message belongs to: `stock` of `stock.reserve`. */
export function serviceOf(type: string): string {
  return type.slice(0, Math.max(0, type.indexOf('.')))
}

/** The name of a message inside its contract: `reserve` of `stock.reserve`. */
export function memberOf(type: string): string {
  return type.slice(type.indexOf('.') + 1)
}

/** Every step of a plan, those inside branches included, in the order of the plan. */
export function stepsOf(nodes: readonly SagaNodeManifest[]): readonly SagaStepManifest[] {
  return nodes.flatMap((node) => {
    if ('branches' in node) return node.branches.flatMap((branch) => stepsOf(branch.nodes))
    return node.node === 'ensure' ? [] : [node]
  })
}

/** The services that a saga sends commands to, in the order of the plan. */
export function participantsOf(saga: SagaManifest): readonly string[] {
  const services = stepsOf(saga.nodes)
    .filter(({ command }) => command !== unknownTarget)
    .map(({ command }) => serviceOf(command))
  return [...new Set(services)]
}
