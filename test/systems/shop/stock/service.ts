import { aggregate, service } from 'dure'
import { Stock } from './contract.ts'

export const Item = aggregate(Stock, 'item', {
  key: (command) => command.productId,
  initial: () => ({ available: 0 }),
  decide: {
    receive: (_, command) => Stock.Received(command),
    reserve: (item, command, { reject }) => {
      const left = item.available - command.quantity
      if (left < 0) return reject.OutOfStock({ available: item.available })
      const reserved = Stock.Reserved(command)
      return left === 0 ? [reserved, Stock.SoldOut({ productId: command.productId })] : [reserved]
    },
    release: (_, command) => Stock.Released(command),
  },
  evolve: {
    Received: (item, { quantity }) => ({ available: item.available + quantity }),
    Reserved: (item, { quantity }) => ({ available: item.available - quantity }),
    Released: (item, { quantity }) => ({ available: item.available + quantity }),
  },
})

export default service(Stock, {
  aggregates: [Item],
  queries: {
    async level({ productId }, { read }) {
      return (await read.state(Item, productId)) ?? { available: 0 }
    },
  },
})
