/** What the exit code of `dure` says, for scripts. */
export const exitCodes = {
  ok: { code: 0, meaning: 'The command did what was asked.' },
  failed: {
    code: 1,
    meaning:
      'It failed; standard error says why, with the code of the error in brackets. `dure simulate` found that something does not hold. `dure check --against` found running instances that would be lost.',
  },
  usage: { code: 2, meaning: 'The command line is not usable.' },
  findings: {
    code: 3,
    meaning:
      '`dure check` found errors, or with `--strict` anything at all. `dure simulate` ran worlds that can show nothing.',
  },
  interrupted: {
    code: 130,
    meaning:
      'A second Ctrl-C ended it at once (143: a second SIGTERM). `dure simulate` was ended by the first, with a report.',
  },
} as const
