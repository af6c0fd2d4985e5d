#!/usr/bin/env node
import { main } from './commands.ts'

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
