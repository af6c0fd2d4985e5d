import type { Command } from 'commander'
import type { Flags } from '../config/read.ts'
import {
  type Diagnostic,
  formatDiagnostic,
  LoadError,
  ReportedError,
  UsageError,
} from '../errors.ts'
import type { Apis } from '../sandbox/apis.ts'
import type { Files } from '../sandbox/load.ts'
import type { Terminal } from './flags.ts'
import { readLine, withSettings } from './flags.ts'

/** Diagnostics keep a sandbox from starting, notes do not. */
interface Found {
  readonly diagnostics: readonly Diagnostic[]
  readonly notes: readonly Diagnostic[]
}

/** Formats for programs; text is printed as by all commands. */
const REPORTS: Readonly<Record<string, (found: Found) => string>> = {
  json: ({ diagnostics, notes }) => JSON.stringify({ faults: diagnostics, notes }, null, 2),
  // Workflow commands of GitHub Actions, which annotate the lines of a pull request.
  github: ({ diagnostics, notes }) =>
    [...diagnostics.map(annotateAs('error')), ...notes.map(annotateAs('notice'))].join('\n'),
}

const summarize = ({ byName }: Apis): string => {
  const scenarios = [...byName.values()].map(({ scenarioSet }) => scenarioSet.scenarios.size)
  const total = scenarios.reduce((sum, count) => sum + count, 0)
  return `${countOf(byName.size, 'document')} and ${countOf(total, 'scenario')} are sound`
}

const countOf = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`

const annotateAs =
  (kind: string) =>
  ({ file, line, column, message }: Diagnostic) =>
    `::${kind} file=${escapeProperty(file)},line=${line},col=${column}::${escapeMessage(message)}`

const escapeMessage = (text: string) =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

/** Colons and commas would end a property. */
const escapeProperty = (text: string) =>
  escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

export const FORMATS = ['text', ...Object.keys(REPORTS)]

/** `sca-sandbox check`: what a start would find. */
export function addCheck(command: Command, terminal: Terminal): void {
  const check = command
    .command('check')
    .description('check documents and scenario files as a start does; exit code 1 if any is broken')
    .argument('[files...]', 'documents or scenario files, in addition to --spec and --scenarios')
    .option('--format <format>', 'text, json or github', 'text')
    .option('--no-notes', 'leave out notes: assumptions, and error codes that no scenario sends')
    .exitOverride()
  withSettings(check, ['specs', 'scenarios']).action(async (named: string[], flags: Flags) => {
    const format = String(flags.format)
    const report = Object.hasOwn(REPORTS, format) ? REPORTS[format] : undefined
    if (!report && format !== 'text') {
      throw new UsageError(`--format: "${format}" is not one of ${FORMATS.join(', ')}`)
    }
    const config = readLine(flags, check, terminal)
    const files = { specs: config.specs, scenarios: config.scenarios, files: named }
    const notes = flags.notes !== false
    await (report
      ? printReport(files, notes, report, terminal)
      : printAsText(files, notes, terminal))
  })
}

/** @throws LoadError with all that is wrong */
async function printAsText(files: Files, withNotes: boolean, terminal: Terminal): Promise<void> {
  const { apis, notes } = await loadWithNotes(files, withNotes)
  for (const note of notes)
    terminal.out(formatDiagnostic({ ...note, message: `note: ${note.message}` }))
  terminal.out(summarize(apis))
}

async function printReport(
  files: Files,
  withNotes: boolean,
  report: (found: Found) => string,
  terminal: Terminal,
): Promise<void> {
  try {
    const { notes } = await loadWithNotes(files, withNotes)
    terminal.out(report({ diagnostics: [], notes }))
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    terminal.out(report({ diagnostics: error.diagnostics, notes: [] }))
    throw new ReportedError()
  }
}

async function loadWithNotes(files: Files, withNotes: boolean) {
  const { loadApis } = await import('../sandbox/load.ts')
  const apis = loadApis(files)
  if (!withNotes) return { apis, notes: [] }
  const { listNotes: notesOn } = await import('../sandbox/lint.ts')
  return { apis, notes: notesOn(apis) }
}

/** `sca-sandbox scenarios`: all scenarios. */
export function addScenarios(command: Command, terminal: Terminal): void {
  const scenarios = command
    .command('scenarios')
    .description('list all scenarios')
    .option('--json', 'as JSON, with files and operations')
    .exitOverride()
  withSettings(scenarios, ['specs', 'scenarios']).action(async (flags: Flags) => {
    const { json, ...settings } = flags
    const { specs, scenarios: folders } = readLine(settings, scenarios, terminal)
    const { loadApis } = await import('../sandbox/load.ts')
    const apis = loadApis({ specs, scenarios: folders })
    terminal.out(json ? JSON.stringify(listScenarios(apis), null, 2) : formatTable(apis))
  })
}

const listScenarios = ({ byName }: Apis) =>
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

const formatTable = ({ byName }: Apis) =>
  [...byName.values()]
    .flatMap(({ scenarioSet }) => {
      const width = Math.max(...[...scenarioSet.scenarios.keys()].map((name) => name.length))
      const lines = [...scenarioSet.scenarios.values()].map(
        ({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`,
      )
      return [scenarioSet.api, ...lines]
    })
    .join('\n')
