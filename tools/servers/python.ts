import { findProgram, type WantedServer } from './bring-package.ts'

/** The Python that is installed. */
export function findPython(): string | undefined {
  return findProgram('python3')
}

export const debianPython: WantedServer = {
  name: 'Python',
  find: findPython,
  packages: ['python3'],
}
