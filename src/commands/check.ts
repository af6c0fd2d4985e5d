import type { Command } from 'commander'
import type { Flags } from '../config.ts'
import type { Engine } from '../engine.ts'
import { type Fault, formatFault, LoadError, ReportedError, UsageError } from '../errors.ts'
import type { Files } from '../load.ts'
import type { Terminal } from '../terminal.ts'
import { configOf, withSettings } from './settings.ts'

/** What was found: faults keep a sandbox from starting, notes do not. */
interface Found {
  readonly faults: readonly Fault[]
  readonly notes: readonly Fault[]
}

/** Ways to tell it to programs; people are told faults as all commands tell them. */
const REPORTS: Readonly<Record<string, (found: Found) => string>> = {
  json: ({ faults, notes }) => JSON.stringify({ faults, notes }, null, 2),
  // The workflow commands of GitHub Actions, which show each at its line of a pull request.
  github: ({ faults, notes }) =>
    [...faults.map(annotation('error')), ...notes.map(annotation('notice'))].join('\n'),
}

const sound = ({ mocked }: Engine): string => {
  const scenarios = [...mocked.values()].map(({ playbook }) => playbook.scenarios.size)
  const total = scenarios.reduce((sum, count) => sum + count, 0)
  return `${counted(mocked.size, 'document')} and ${counted(total, 'scenario')} are sound`
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`

const annotation =
  (kind: string) =>
  ({ file, line, column, message }: Fault) =>
    `::${kind} file=${escapedName(file)},line=${line},col=${column}::${escaped(message)}`

const escaped = (text: string) =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

/** Colons and commas end what stands before the message. */
const escapedName = (text: string) => escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

const FORMATS = ['text', ...Object.keys(REPORTS)]

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
  withSettings(check, ['spec', 'scenarios']).action(async (named: string[], flags: Flags) => {
    const format = String(flags.format)
    const report = Object.hasOwn(REPORTS, format) ? REPORTS[format] : undefined
    if (!report && format !== 'text') {
      throw new UsageError(`--format: "${format}" is none of ${FORMATS.join(', ')}`)
    }
    const config = configOf(flags, check, terminal)
    const files = { specs: config.spec, scenarios: config.scenarios, files: named }
    const notes = flags.notes !== false
    await (report ? reported(files, notes, report, terminal) : told(files, notes, terminal))
  })
}

/** @throws LoadError with all that is wrong */
async function told(files: Files, withNotes: boolean, terminal: Terminal): Promise<void> {
  const { engine, notes } = await loaded(files, withNotes)
  for (const note of notes) terminal.out(formatFault({ ...note, message: `note: ${note.message}` }))
  terminal.out(sound(engine))
}

async function reported(
  files: Files,
  withNotes: boolean,
  report: (found: Found) => string,
  terminal: Terminal,
): Promise<void> {
  try {
    const { notes } = await loaded(files, withNotes)
    terminal.out(report({ faults: [], notes }))
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    terminal.out(report({ faults: error.faults, notes: [] }))
    throw new ReportedError()
  }
}

async function loaded(files: Files, withNotes: boolean) {
  const { loadEngine } = await import('../load.ts')
  const engine = loadEngine(files)
  if (!withNotes) return { engine, notes: [] }
  const { notesOn } = await import('../notes.ts')
  return { engine, notes: notesOn(engine) }
}
