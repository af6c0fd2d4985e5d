/** Command lines, run to their end. */

import type { Terminal } from '../src/cli/flags.ts'
import { main } from '../src/cli/program.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** A sandbox that it starts is stopped once `meanwhile` is over. */
export async function run(
  args: readonly string[],
  environment: Terminal['environment'] = {},
  meanwhile: (url: string) => Promise<void> = async () => undefined,
): Promise<Ran> {
  const out: string[] = []
  const error: string[] = []
  const code = await main(args, {
    environment: { SANDBOX_LOG_LEVEL: 'silent', ...environment },
    isTerminal: false,
    out: (text) => out.push(text),
    error: (text) => error.push(text),
    stopped: () => meanwhile(out[0]?.split(' ').at(-1) ?? ''),
  })
  return { code, out: out.join('\n'), error: error.join('\n') }
}

/** Lines in which a program says where it was in its code. */
export const STACK = /^\s+at /m
