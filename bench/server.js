// Starts a server that is to be measured, on a processor core of its own where the system can do that.
import { spawn, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

const METER = fileURLToPath(new URL('meter.js', import.meta.url))

/** Servers get the first core, the client the second. */
export const isPinned =
  availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0

export function pinClient() {
  if (isPinned) spawnSync('taskset', ['--all-tasks', '-pc', '1', String(process.pid)])
}

/** Starts a program of Node, and waits until its first answer. */
export async function startServer({ args, url, isQuiet }, first) {
  const began = performance.now()
  const node = [process.execPath, '--import', METER, ...args]
  const [command, ...rest] = isPinned ? ['taskset', '-c', '0', ...node] : node
  const child = spawn(command, rest, {
    // A log that is written, and read by nobody.
    stdio: ['ignore', 'pipe', isQuiet ? 'inherit' : 'ignore', 'ipc'],
  })
  const address = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}`)))
    let text = ''
    child.stdout.on('data', (chunk) => {
      if (text === undefined) return
      text += chunk
      const found = url ?? /http:\/\/[\w.:]+/.exec(text)?.[0]
      if (!found) return
      text = undefined
      resolve(found)
    })
  })
  const status = await askUntil(address, first)
  return {
    url: address,
    status,
    startMs: performance.now() - began,
    meter: () => meter(child),
    stop: () => stop(child),
  }
}

/** The status of the first answer; some servers say that they listen before they do. */
async function askUntil(address, { path, ...request }) {
  for (let tries = 0; ; tries++) {
    try {
      const response = await fetch(address + path, request)
      await response.text()
      return response.status
    } catch (error) {
      if (tries > 200) throw error
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}

/** What the server's process has used, in ms. Some servers send messages of their own. */
function meter(child) {
  const told = new Promise((resolve) => {
    child.on('message', (message) => message?.used !== undefined && resolve(message))
  })
  child.send('meter')
  return told
}

function stop(child) {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill()
  return ended
}
