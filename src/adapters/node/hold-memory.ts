import { setFlagsFromString } from 'node:v8'

/** How far the heap may grow beyond what is in use before it is collected, in percent. */
const growthPercent = 50

/**
 * Keeps what this process holds near what it uses. For whoever owns the process, once everything is loaded.
 *
 * Left alone V8 lets the heap of a busy process grow to several times of what is in use, and keeps it: a marketplace
 * held 310 MB for 50. The young generation stays as large as it is now; the old one is collected earlier.
 */
export function holdMemory(): void {
  // Both are read each time that the heap could grow: they hold from now on.
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`)
}

/**
 * Takes nothing that is made for long-lived because its like was. For a process that does one thing after the other and
 * throws away all of each.
 *
 * V8 otherwise makes such objects where only a full collection finds them, and they hold everything young that they know
 * of: of worlds that were over it kept and copied 4 MB at each small collection, and 0.8 MB with this.
 */
export function expectShortLives(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
