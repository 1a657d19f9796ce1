import { describe } from 'node:test'
import { openParcels, whyNoPython } from './open-parcels.ts'
import { verifyParticipant } from './verify-participant.ts'

describe('a service that Python runs, over feeds', { skip: whyNoPython() }, () => {
  verifyParticipant({ open: () => openParcels(), again: ['--again'] })
})
