import { it } from 'node:test'
import { simulate } from 'dure/simulate'
import lendingSimulation from './simulation.ts'

// #region test
it('keeps what it promises, whatever fails', async () => {
  await simulate(lendingSimulation, { seeds: 50 })
})
// #endregion test
