/** Reloads documents and scenarios when they change; a broken file changes nothing. */
import { existsSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { type Diagnostic, formatDiagnostic, LoadError, StartError } from '../errors.ts'
import { type Files, listFiles, loadApis } from './load.ts'
import type { ReloadableSandbox } from './sandbox.ts'

/** Real ms without a change after which to reload: editors write in several steps. */
const QUIET = 100

interface Watching {
  readonly sandbox: ReloadableSandbox
  readonly files: Files
  readonly clock: Clock
  readonly logger: Logger | undefined
}

/** Resolves once every further change is noticed; returns a function that stops watching. */
export async function watchFiles(watching: Watching): Promise<() => Promise<void>> {
  const { watch } = await import('chokidar')
  // Documents may refer to files that are not named themselves.
  const read = [...watching.sandbox.apis.byName.values()].flatMap(({ contract }) => contract.files)
  const named = [...new Set([...listFiles(watching.files), ...read].map((path) => resolve(path)))]
  const { roots, waiting } = splitRoots(named)
  const ignored = (path: string) =>
    // The folder that is watched for a missing file may have a whole disk in it.
    (waiting.has(dirname(path)) && !named.some((each) => isOnSamePath(each, path))) ||
    // A file that was named is watched even if it looks temporary.
    (isTemporary(path) && !named.some((each) => each.startsWith(path)))
  const watcher = watch(roots, { ignoreInitial: true, ignored })
  // Without a listener, an error would end the process.
  watcher.on('error', (error) => watching.logger?.warn({ err: error }, 'a file is not watched'))
  const ended = new AbortController()
  let changes = 0
  watcher.on('all', () => {
    const change = ++changes
    void watching.clock.sleep(QUIET, ended.signal).then(() => {
      // Only the last change of a burst reloads.
      if (change === changes && !ended.signal.aborted) reload(watching)
    })
  })
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()))
  return async () => {
    ended.abort()
    await watcher.close()
  }
}

/** Existing paths are watched themselves, missing ones through their nearest existing folder. */
function splitRoots(named: readonly string[]) {
  const roots = new Set<string>()
  const waiting = new Set<string>()
  for (const path of named) {
    let root = path
    while (!existsSync(root)) {
      root = dirname(root)
      waiting.add(root)
    }
    // chokidar reports `/` as removed; mounts there exist at start, so skip it.
    if (root !== dirname(root)) roots.add(root)
  }
  return { roots: [...roots], waiting }
}

/** Whether one of two paths is the other or below it. */
const isOnSamePath = (a: string, b: string) =>
  [relative(a, b), relative(b, a)].some((way) => !way.startsWith('..'))

/** Hidden and backup files, which editors create while they write. */
const isTemporary = (path: string) => /(^|[/\\])\.[^/\\]+$|~$/.test(path)

/** Loads the files as they are now; if one is broken, the last good ones stay in use. */
export function reload({ sandbox, files, logger }: Watching): void {
  const { current, scenario, tally } = sandbox
  const diagnostics = diagnosticsOf(() => {
    const apis = loadApis(files)
    if (!apis.scenarioNames.has(scenario)) {
      throw new StartError(`the scenario "${scenario}" that the sandbox was started with is gone`)
    }
    current.apis = apis
    tally.renew((api, id) => apis.byName.get(api)?.contract.operations.get(id))
  })
  current.diagnostics = diagnostics
  if (diagnostics.length === 0) {
    logger?.info('documents and scenarios were reloaded')
    return
  }
  for (const diagnostic of diagnostics) logger?.error(formatDiagnostic(diagnostic))
  logger?.error('the last good documents and scenarios stay in use')
}

function diagnosticsOf(load: () => void): readonly Diagnostic[] {
  try {
    load()
    return []
  } catch (error) {
    if (error instanceof LoadError) return error.diagnostics
    if (!(error instanceof StartError)) throw error
    return [{ file: '', line: 0, column: 0, message: error.message }]
  }
}
