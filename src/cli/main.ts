#!/usr/bin/env node
const nodeFloor = 24

const [major = '0'] = process.versions.node.split('.')
if (Number(major) < nodeFloor) {
  process.stderr.write(
    `dure: Dure needs Node ${nodeFloor} or later; this is Node ${process.versions.node}.\n`,
  )
  process.exitCode = 1
} else {
  // Only now: older versions of Node cannot even load the rest. Not awaited, so that a file of the user which waits for
  // ever is reported by us and not by Node.
  void import('./run-cli.ts').then(({ runCli }) => runCli(process.argv))
}
