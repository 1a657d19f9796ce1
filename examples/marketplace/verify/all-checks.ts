import { checkoutChecks } from './checkout-checks.ts'
import { concurrencyChecks } from './concurrency-checks.ts'
import { contractChecks } from './contract-checks.ts'
import { dashboardChecks } from './dashboard-checks.ts'
import { deliveryChecks } from './delivery-checks.ts'
import { failureChecks } from './failure-checks.ts'
import { replicationChecks } from './replication-checks.ts'
import type { Check } from './shop.ts'

/** The acceptance checks of the marketplace, A to G. */
export const allChecks: readonly Check[] = [
  ...contractChecks,
  ...checkoutChecks,
  ...failureChecks,
  ...concurrencyChecks,
  ...replicationChecks,
  ...dashboardChecks,
  ...deliveryChecks,
]
