export type { PostgresLimits } from './connections.ts'
export { type PostgresStoresOptions, postgresStores, type UrlOfService } from './stores.ts'
