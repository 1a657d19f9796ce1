export { nodeClock } from './clock.ts'
