import { describe, it } from 'node:test'
import { layoutContract } from '../../testing/contracts/layout.contract.ts'
import { verifyContract } from '../../testing/contracts/verify-contract.ts'
import { elkLayout } from './layout.ts'

verifyContract({ describe, it }, layoutContract, { adapter: 'elk', open: elkLayout })
