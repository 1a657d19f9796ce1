import { describe, it } from 'node:test'
import { layoutContract } from '../../testing/contracts/layout.contract.ts'
import { verifyContract } from '../../testing/contracts/verify-contract.ts'
import { columnLayout } from './layout.ts'

verifyContract({ describe, it }, layoutContract, { adapter: 'column', open: columnLayout })
