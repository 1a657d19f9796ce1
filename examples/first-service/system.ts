import { system } from 'dure'
import { ShelfService } from './shelf/service.ts'

export const library = system('library', { services: [ShelfService] })

export default library
