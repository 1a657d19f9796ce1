/** Something of which one replica of a service takes care at a time. */
export interface LeasedWork {
  /** The same in every replica, and different from that of all other work of the service. */
  readonly name: string
  /** Begins. What another replica has done meanwhile is read anew. */
  take(): Promise<void>
  /** Ends after what is on its way. */
  give(): Promise<void>
  /** Called now and then while it is held. */
  tend?(): Promise<void>
}

/** Who says what this replica of a service takes care of. */
export interface Leases {
  /** Registers work: it is taken when this replica holds it. */
  add(work: LeasedWork): Promise<void>
  /** Ends work, and hands it over. */
  remove(work: LeasedWork): Promise<void>
  /** Takes what nobody else holds, and looks from now on. */
  start(): Promise<void>
  /** Takes nothing more: what is held is removed by those who registered it. */
  close(): Promise<void>
  /** Hands over what is left, at once. */
  leave(): Promise<void>
}

/** Leases of a process that has its store for itself: it takes everything, and writes nothing of that. */
export const ownLeases: Leases = {
  add: (work) => work.take(),
  remove: (work) => work.give(),
  start: () => Promise.resolve(),
  close: () => Promise.resolve(),
  leave: () => Promise.resolve(),
}
