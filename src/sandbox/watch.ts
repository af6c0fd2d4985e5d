/** Loads documents and scenarios anew when they change. What is broken changes nothing. */
import { existsSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { type Diagnostic, formatDiagnostic, LoadError, StartError } from '../errors.ts'
import { type Files, filesOf, loadApis } from './load.ts'
import type { ReloadableSandbox } from './sandbox.ts'

/** Real ms of quiet after which a change is taken to be whole: editors write in several steps. */
const QUIET = 100

interface Watching {
  readonly sandbox: ReloadableSandbox
  readonly files: Files
  readonly clock: Clock
  readonly logger: Logger | undefined
}

/** Begins to watch, and resolves when every change from now on is seen; what comes back ends it. */
export async function watchFiles(watching: Watching): Promise<() => Promise<void>> {
  const { watch } = await import('chokidar')
  // Documents may refer to files that nobody named.
  const read = [...watching.sandbox.apis.byName.values()].flatMap(({ contract }) => contract.files)
  const named = [...new Set([...filesOf(watching.files), ...read].map((path) => resolve(path)))]
  const { roots, waiting } = watched(named)
  const ignored = (path: string) =>
    // Beside what may come there can be a whole disk.
    (waiting.has(dirname(path)) && !named.some((each) => related(each, path))) ||
    // What was named is watched, whatever it is called.
    (hidden(path) && !named.some((each) => each.startsWith(path)))
  const watcher = watch(roots, { ignoreInitial: true, ignored })
  // Without a listener it would end the process.
  watcher.on('error', (error) => watching.logger?.warn({ err: error }, 'a file is not watched'))
  const ended = new AbortController()
  let changes = 0
  watcher.on('all', () => {
    const change = ++changes
    void watching.clock.sleep(QUIET, ended.signal).then(() => {
      // The last change of a burst loads for all of them.
      if (change === changes && !ended.signal.aborted) reload(watching)
    })
  })
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()))
  return async () => {
    ended.abort()
    await watcher.close()
  }
}

/** What is there is watched itself, what may come by the folder that it will be seen in. */
function watched(named: readonly string[]) {
  const roots = new Set<string>()
  const waiting = new Set<string>()
  for (const path of named) {
    let root = path
    while (!existsSync(root)) {
      root = dirname(root)
      waiting.add(root)
    }
    // The watcher takes the topmost folder for gone; what is mounted there is so from the start.
    if (root !== dirname(root)) roots.add(root)
  }
  return { roots: [...roots], waiting }
}

/** Whether one of two paths leads through the other. */
const related = (a: string, b: string) =>
  [relative(a, b), relative(b, a)].some((way) => !way.startsWith('..'))

/** What editors leave beside a file while they write it. */
const hidden = (path: string) => /(^|[/\\])\.[^/\\]+$|~$/.test(path)

/** Takes the files as they are now; where one is broken the last good ones stay. */
export function reload({ sandbox, files, logger }: Watching): void {
  const { current, scenario, tally } = sandbox
  const diagnostics = attempt(() => {
    const apis = loadApis(files)
    if (!apis.scenarioNames.has(scenario)) {
      throw new StartError(`there is no scenario "${scenario}" any more, which is the server's`)
    }
    current.apis = apis
    tally.renew((api, id) => apis.byName.get(api)?.contract.operations.get(id))
  })
  current.diagnostics = diagnostics
  if (diagnostics.length === 0) {
    logger?.info('documents and scenarios were loaded anew')
    return
  }
  for (const diagnostic of diagnostics) logger?.error(formatDiagnostic(diagnostic))
  logger?.error('documents and scenarios stay as they were before')
}

function attempt(load: () => void): readonly Diagnostic[] {
  try {
    load()
    return []
  } catch (error) {
    if (error instanceof LoadError) return error.diagnostics
    if (!(error instanceof StartError)) throw error
    return [{ file: '', line: 0, column: 0, message: error.message }]
  }
}
