/** What both processes know. */
export const callsSecret = 'a secret of the benchmark'
export const askedItem = 'sku-000000001'
/** What the bare server answers: as much as a query does. */
export const bareAnswer = { ok: true, output: { reserved: 3 } }
