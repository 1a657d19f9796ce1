import { system } from 'dure'
import { ShelfService } from './shelf/service.ts'

export default system('library', { services: [ShelfService] })
