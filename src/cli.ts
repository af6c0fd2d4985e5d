#!/usr/bin/env node
import module from 'node:module'

// Newer versions of Node keep compiled code on disk for the next start; 20 has no such thing.
const { enableCompileCache } = module as { enableCompileCache?: () => unknown }
enableCompileCache?.()

// A reader that has seen enough, such as `head -1`, closes the pipe: nothing is left to be said.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

const { main } = await import('./cli/program.ts')

process.exitCode = await main(process.argv.slice(2), {
  environment: process.env,
  isTerminal: process.stderr.isTTY === true,
  out: (text) => process.stdout.write(`${text}\n`),
  error: (text) => process.stderr.write(`${text}\n`),
  // As process 1 of a container nothing stops a program that does not do so itself.
  stopped: () =>
    new Promise((resolve) => {
      process.once('SIGTERM', () => resolve())
      process.once('SIGINT', () => resolve())
    }),
})
