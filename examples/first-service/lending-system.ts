import { orchestrated, system } from 'dure'
import { Borrowing } from './borrowing.ts'
import { Members } from './members/contract.ts'
import { MembersService } from './members/service.ts'
import { ShelfService } from './shelf/service.ts'

export default system('library', {
  services: [ShelfService, MembersService],
  sagas: [orchestrated(Borrowing, { by: Members })],
})
