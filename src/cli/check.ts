import type { Command } from 'commander'
import type { Flags } from '../config/read.ts'
import {
  type Diagnostic,
  formatDiagnostic,
  LoadError,
  ReportedError,
  UsageError,
} from '../errors.ts'
import type { Files } from '../sandbox/load.ts'
import type { Apis } from '../sandbox/sandbox.ts'
import type { Terminal } from './flags.ts'
import { configOf, withSettings } from './flags.ts'

/** What was found: faults keep a sandbox from starting, notes do not. */
interface Found {
  readonly diagnostics: readonly Diagnostic[]
  readonly notes: readonly Diagnostic[]
}

/** Ways to tell it to programs; people are told faults as all commands tell them. */
const REPORTS: Readonly<Record<string, (found: Found) => string>> = {
  json: ({ diagnostics, notes }) => JSON.stringify({ faults: diagnostics, notes }, null, 2),
  // The workflow commands of GitHub Actions, which show each at its line of a pull request.
  github: ({ diagnostics, notes }) =>
    [...diagnostics.map(annotation('error')), ...notes.map(annotation('notice'))].join('\n'),
}

const sound = ({ byName }: Apis): string => {
  const scenarios = [...byName.values()].map(({ scenarioSet }) => scenarioSet.scenarios.size)
  const total = scenarios.reduce((sum, count) => sum + count, 0)
  return `${counted(byName.size, 'document')} and ${counted(total, 'scenario')} are sound`
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`

const annotation =
  (kind: string) =>
  ({ file, line, column, message }: Diagnostic) =>
    `::${kind} file=${escapedName(file)},line=${line},col=${column}::${escaped(message)}`

const escaped = (text: string) =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

/** Colons and commas end what stands before the message. */
const escapedName = (text: string) => escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

export const FORMATS = ['text', ...Object.keys(REPORTS)]

/** `sca-sandbox check`: what loading would find. */
export function addCheck(command: Command, terminal: Terminal): void {
  const check = command
    .command('check')
    .description(
      'check documents and scenario files as starting does; exit code 1 if one has faults',
    )
    .argument('[files...]', 'documents or scenario files, beside those of --spec and --scenarios')
    .option('--format <format>', 'text, json or github', 'text')
    .option('--no-notes', 'leave out assumptions, and error codes that no scenario answers')
    .exitOverride()
  withSettings(check, ['specs', 'scenarios']).action(async (named: string[], flags: Flags) => {
    const format = String(flags.format)
    const report = Object.hasOwn(REPORTS, format) ? REPORTS[format] : undefined
    if (!report && format !== 'text') {
      throw new UsageError(`--format: "${format}" is none of ${FORMATS.join(', ')}`)
    }
    const config = configOf(flags, check, terminal)
    const files = { specs: config.specs, scenarios: config.scenarios, files: named }
    const notes = flags.notes !== false
    await (report ? reported(files, notes, report, terminal) : told(files, notes, terminal))
  })
}

/** @throws LoadError with all that is wrong */
async function told(files: Files, withNotes: boolean, terminal: Terminal): Promise<void> {
  const { apis, notes } = await loaded(files, withNotes)
  for (const note of notes)
    terminal.out(formatDiagnostic({ ...note, message: `note: ${note.message}` }))
  terminal.out(sound(apis))
}

async function reported(
  files: Files,
  withNotes: boolean,
  report: (found: Found) => string,
  terminal: Terminal,
): Promise<void> {
  try {
    const { notes } = await loaded(files, withNotes)
    terminal.out(report({ diagnostics: [], notes }))
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    terminal.out(report({ diagnostics: error.diagnostics, notes: [] }))
    throw new ReportedError()
  }
}

async function loaded(files: Files, withNotes: boolean) {
  const { loadApis: loadEngine } = await import('../sandbox/load.ts')
  const apis = loadEngine(files)
  if (!withNotes) return { apis, notes: [] }
  const { notesOn } = await import('../sandbox/lint.ts')
  return { apis, notes: notesOn(apis) }
}

/** `sca-sandbox scenarios`: what can be played. */
export function addScenarios(command: Command, terminal: Terminal): void {
  const scenarios = command
    .command('scenarios')
    .description('list what can be played')
    .option('--json', 'as JSON, with files and operations')
    .exitOverride()
  withSettings(scenarios, ['specs', 'scenarios']).action(async (flags: Flags) => {
    const { json, ...settings } = flags
    const { specs, scenarios: folders } = configOf(settings, scenarios, terminal)
    const { loadApis: loadEngine } = await import('../sandbox/load.ts')
    const apis = loadEngine({ specs, scenarios: folders })
    terminal.out(json ? JSON.stringify(listed(apis), null, 2) : table(apis))
  })
}

const listed = ({ byName }: Apis) =>
  [...byName.values()].flatMap(({ scenarioSet }) =>
    [...scenarioSet.scenarios.values()].map(({ api, name, summary, base, file, operations }) => ({
      api,
      name,
      summary,
      extends: base?.name ?? null,
      source: file,
      operations: [...operations.keys()],
    })),
  )

const table = ({ byName }: Apis) =>
  [...byName.values()]
    .flatMap(({ scenarioSet }) => {
      const width = Math.max(...[...scenarioSet.scenarios.keys()].map((name) => name.length))
      const lines = [...scenarioSet.scenarios.values()].map(
        ({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`,
      )
      return [scenarioSet.api, ...lines]
    })
    .join('\n')
