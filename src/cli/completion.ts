import type { Command as Described } from '@bomb.sh/tab'
import type { Command, Option } from 'commander'
import { keyOf, SETTINGS } from '../config/settings.ts'
import { UsageError } from '../errors.ts'
import { FORMATS as CHECK_FORMATS } from './check.ts'
import type { Terminal } from './flags.ts'
import { configOf } from './flags.ts'
import { FORMATS as COVERAGE_FORMATS } from './remote.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

/** The command that the library's scripts ask. */
const HIDDEN = 'complete'

/** `sca-sandbox completion`: what makes a shell complete its command lines. */
export function addCompletion(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .description('print the script that makes a shell complete command lines')
    .argument('<shell>', SHELLS.join(', '))
    .exitOverride()
    .action((shell: string) => printScript(shell, program.name(), terminal))
  // What the script asks at each tab, the words of the line so far behind a `--`.
  program
    .command(HIDDEN, { hidden: true })
    .argument('[words...]')
    .exitOverride()
    .action((words: string[]) => printCandidates(words, program, terminal))
}

async function printScript(shell: string, name: string, terminal: Terminal): Promise<void> {
  if (!SHELLS.some((known) => known === shell)) {
    const known = SHELLS.join(', ')
    throw new UsageError(`there is no completion for the shell "${shell}"; there are ${known}`)
  }
  const { script } = await import('@bomb.sh/tab')
  // Read twice, or beside that of another program, it would complain of its read-only names.
  if (shell === 'bash') terminal.out('{')
  script(shell, name, name)
  if (shell === 'bash') {
    // Where nothing is offered a path is meant.
    terminal.out(`complete -o default -F __${name.replaceAll('-', '_')}_complete ${name}`)
    terminal.out('} 2>/dev/null')
  }
}

/** What tells the shell's script that a path is meant: the shell completes those itself. */
const PATHS = ':0'

async function printCandidates(
  words: readonly string[],
  program: Command,
  terminal: Terminal,
): Promise<void> {
  const [previous = '', current = ''] = words.length > 1 ? words.slice(-2) : ['', ...words]
  const command = commandOf(words.slice(0, -1), program)
  if (wantsPath(command, previous, current)) return terminal.out(PATHS)
  const { RootCommand } = await import('@bomb.sh/tab')
  const asked = previous === '--scenario' || current.startsWith('--scenario=')
  const scenarios = asked ? await scenarioNames(words, program, terminal) : []
  const root = new RootCommand()
  const help = program.createHelp()
  for (const each of help.visibleCommands(program)) {
    const described = root.command(each.name(), each.description())
    describe(described, each, scenarios)
    const choices = ARGUMENTS[each.name()] ?? []
    if (choices.length > 0) described.argument('word', offering(choices))
  }
  // Flags of the default command need no command before them.
  describe(root, program, scenarios)
  describe(root, serveOf(program), scenarios)
  const names = program.commands.map((each) => each.name())
  root.commands.get('help')?.argument('command', offering(names.filter((name) => name !== HIDDEN)))
  root.parse([...words])
}

const ARGUMENTS: Readonly<Record<string, readonly string[]>> = { completion: SHELLS }

/** Commands whose arguments are files or folders. */
const OF_PATHS = ['check', 'init']

const PATH_FLAGS = [
  '--config',
  ...SETTINGS.filter(({ path }) => path).map((setting) => `--${keyOf(setting)}`),
]

/** The command that is meant where none is named. */
const serveOf = ({ commands }: Command): Command =>
  commands.find((each) => each.name() === 'serve') as Command

const commandOf = (words: readonly string[], program: Command): Command =>
  program.commands.find((each) => words.includes(each.name())) ?? serveOf(program)

function wantsPath(command: Command, previous: string, current: string): boolean {
  if (current.startsWith('-')) return PATH_FLAGS.some((flag) => current.startsWith(`${flag}=`))
  if (PATH_FLAGS.includes(previous)) return true
  const before = command.options.find(({ long }) => long === previous)
  return OF_PATHS.includes(command.name()) && !(before && takesValue(before))
}

const takesValue = ({ required, optional }: Option) => required || optional

/** Tells the library what commander knows of a command's flags, and their values where it cannot. */
function describe(described: Described, command: Command, scenarios: readonly string[]): void {
  // Those that turn a switch off are hidden from the help, for its length only.
  const flags = new Set([...command.options, ...command.createHelp().visibleOptions(command)])
  for (const flag of flags) {
    const { long, short, description } = flag
    const name = long?.slice(2)
    if (name === undefined) continue
    const values = name === 'scenario' ? scenarios : choicesOf(command.name(), name)
    if (takesValue(flag)) described.option(name, description, offering(values))
    else if (short) described.option(name, description, short.slice(1))
    else described.option(name, description)
  }
}

function choicesOf(command: string, flag: string): readonly string[] {
  if (flag === 'format') return command === 'check' ? CHECK_FORMATS : COVERAGE_FORMATS
  return SETTINGS.find((setting) => keyOf(setting) === flag)?.choices ?? []
}

const offering =
  (values: readonly string[]) => (complete: (value: string, description: string) => void) => {
    for (const value of values) complete(value, '')
  }

/** What can be played with the files that the line, the environment and the settings name. */
async function scenarioNames(
  words: readonly string[],
  program: Command,
  terminal: Terminal,
): Promise<readonly string[]> {
  const serve = serveOf(program)
  try {
    serve.parseOptions(words.slice(0, -2))
    const { spec: specs, scenarios } = configOf(serve.opts(), serve, terminal)
    const { loadApis: loadEngine } = await import('../sandbox/load.ts')
    return [...loadEngine({ specs, scenarios }).scenarioNames].sort()
  } catch {
    // A line that is not finished may name what is not there: no reason to write into it.
    return []
  }
}
