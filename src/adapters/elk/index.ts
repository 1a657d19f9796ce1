export { elkLayout } from './layout.ts'
