/** The browser of the machine, for tests of pages. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What `CHROMIUM_PATH` says, else what the PATH has; undefined where there is none. */
export const CHROMIUM = process.env.CHROMIUM_PATH ?? onPath('chromium')

/** It runs in containers, and asks nothing of the network. */
export const CHROMIUM_ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map((folder) => join(folder, name)).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
