import type { GroupCommit } from '../log/group-commit.ts'
import type { Draft } from './draft.ts'
import type { Submitted, Workspace } from './workspace.ts'

/** A workspace that can be held while something has to happen between decisions. */
export interface HeldWorkspace extends Workspace {
  /** Runs a task while no decision is made and everything decided is written. */
  exclusively(task: () => Promise<void>): Promise<void>
}

/** Makes a workspace that can be held. */
export function holdable(workspace: Workspace, group: GroupCommit): HeldWorkspace {
  return new Holdable(workspace, group)
}

class Holdable implements HeldWorkspace {
  readonly #workspace: Workspace
  readonly #group: GroupCommit
  #held: Promise<void> | undefined

  constructor(workspace: Workspace, group: GroupCommit) {
    this.#workspace = workspace
    this.#group = group
  }

  get cells(): number {
    return this.#workspace.cells
  }

  forget(): void {
    this.#workspace.forget()
  }

  submit<T>(build: (draft: Draft) => T): Promise<Submitted<T>> {
    return this.#held ? this.#submitLater(build) : this.#workspace.submit(build)
  }

  async #submitLater<T>(build: (draft: Draft) => T): Promise<Submitted<T>> {
    while (this.#held) await this.#held
    return this.#workspace.submit(build)
  }

  async exclusively(task: () => Promise<void>): Promise<void> {
    while (this.#held) await this.#held
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held = promise
    try {
      await this.#group.drained()
      await task()
    } finally {
      this.#held = undefined
      resolve()
    }
  }
}
