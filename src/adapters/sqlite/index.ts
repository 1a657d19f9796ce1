export { type SqliteStoresOptions, sqliteStores } from './stores.ts'
