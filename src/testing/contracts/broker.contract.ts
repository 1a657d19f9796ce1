import assert from 'node:assert/strict'
import { deliveryPromises } from './broker/delivery.contract.ts'
import { type BrokerSubject, openPostOffice } from './broker/post-office.ts'
import { subscriptionPromises } from './broker/subscription.contract.ts'
import type { PortContract } from './verify-contract.ts'

/** What every broker keeps. Each promise gets a broker that has carried nothing. */
export const brokerContract: PortContract<BrokerSubject> = {
  port: 'broker',
  promises: [...deliveryPromises, ...subscriptionPromises].map(({ promise, check }) => ({
    promise,
    async check(subject) {
      assert.equal(typeof subject.broker.supports.durable, 'boolean')
      await check(openPostOffice(subject))
    },
  })),
}
