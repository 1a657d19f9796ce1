import { service } from 'dure'
import { findMark, pageOfMarks } from '../marks.ts'
import { orderKey } from '../values.ts'
import { Carrier } from './carrier.ts'
import { Shipment } from './contract.ts'
import { OrderShipment, statusOf } from './shipment.ts'
import { Deliveries, OpenParts, ShipmentMarks } from './views.ts'

const notBegun = { rounds: 0, planned: [], delivered: [], concluded: false }

export const ShipmentService = service(Shipment, {
  aggregates: [OrderShipment, Carrier],
  views: [OpenParts, Deliveries, ShipmentMarks],
  queries: {
    shipment: async (order, { read, reject }) => {
      const state = await read.state(OrderShipment, orderKey(order))
      if (!state?.created) return reject.NotFound({})
      const packages = [...state.packages]
      return { ...state.created, packages, status: statusOf(packages) }
    },
    delivery: async ({ transaction }, { read }) =>
      (await read.get(Deliveries, transaction)) ?? notBegun,
    openParts: async ({ limit }, { read }) => {
      const parts = await read.list(OpenParts, { limit })
      return parts.map(({ document }) => document)
    },
    mark: (input, { read }) => findMark(read, ShipmentMarks, input),
    marks: (page, { read }) => pageOfMarks(read, ShipmentMarks, page),
  },
})
