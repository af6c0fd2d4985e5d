/** What shells are told when a tab is pressed, and the scripts that ask. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { LOG_LEVELS } from '../../src/config/settings.ts'
import { BANK } from '../fixtures/files.ts'
import { run } from '../fixtures/run.ts'

const ROOT = new URL('../..', import.meta.url).pathname

/** What is offered for the last word of a line; `files` where the shell's own paths are. */
async function offered(t: Test, ...words: string[]): Promise<string[] | 'files'> {
  const printed = t.capture(console, 'log')
  const { code, out, error } = await run(['complete', '--', ...words])
  t.same([code, error], [0, ''])
  if (out === ':0') return 'files'
  const lines = printed().map(({ args: [line] }) => String(line))
  t.equal(lines.pop(), ':4', 'the shell is told to offer nothing else')
  return lines.map((line) => line.split('\t')[0] ?? '')
}

const COMMANDS = ['serve', 'check', 'scenarios', 'health', 'coverage', 'init', 'completion', 'help']

const LINES: readonly [words: string[], offered: readonly string[] | 'files'][] = [
  [[''], COMMANDS],
  [['che'], ['check']],
  [
    ['help', 'c'],
    ['check', 'coverage', 'completion'],
  ],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['--log-'], ['--log-level', '--log-format']],
  [['--watch', '--po'], ['--port']],
  [['--no-'], ['--no-cors', '--no-journal']],
  [
    ['serve', '--tls-'],
    ['--tls-cert', '--tls-key'],
  ],
  [
    ['scenarios', '--'],
    ['--json', '--spec', '--scenarios', '--config', '--help'],
  ],
  [['check', '--po'], []],
  [['--log-level', ''], LOG_LEVELS],
  [['--log-level=si'], ['silent']],
  [['--tls', ''], ['self-signed']],
  [
    ['check', '--format', ''],
    ['text', 'json', 'github'],
  ],
  [
    ['coverage', '--format', ''],
    ['text', 'json'],
  ],
  [['--port', ''], []],
  [['--spec', ''], 'files'],
  [['--spec=pet'], 'files'],
  [['--config', 'sand'], 'files'],
  [['check', 'pet'], 'files'],
  [['init', ''], 'files'],
  [['--scenario', 'retry-in'], ['retry-in-15-sec']],
]

for (const [words, expected] of LINES) {
  t.test(`after "${words.join(' ')}" come ${expected || 'nothing'}`, async (t) => {
    t.same(await offered(t, ...words), expected)
  })
}

t.test('scenarios of files that the line names are offered', async (t) => {
  const slow = 'scenario: slow\nsummary: Later.'
  const path = t.testdir({ 'bank.yaml': BANK, scenarios: { bank: { 's.yaml': slow } } })
  const files = ['--spec', `${path}/bank.yaml`, '--scenarios', `${path}/scenarios`]
  t.same(await offered(t, ...files, '--scenario', ''), ['default', 'slow'])
})

t.test('a line that names what is not there offers no scenarios, and tells nothing', async (t) => {
  t.same(await offered(t, '--spec', 'no/such', '--scenario', ''), [])
})

t.test('a shell that is not known ends with code 2, and those that are known', async (t) => {
  t.same(await run(['completion', 'tcsh']), {
    code: 2,
    out: '',
    error: 'sca-sandbox: there is no completion for the shell "tcsh"; there are bash, zsh, fish',
  })
})

t.test('completion without a shell ends with code 2', async (t) => {
  t.match(await run(['completion']), { code: 2, error: "error: missing required argument 'shell'" })
})

t.test('what is asked at each tab is not named as a command', async (t) => {
  t.notMatch((await run(['--help'])).out, /^ {2}complete /m)
  t.notMatch((await run(['chek'])).error, /complete,|complete$/)
})

t.test('the library is loaded for completion alone', async (t) => {
  const source = readFileSync(`${ROOT}src/commands/completion.ts`, 'utf8')
  t.match(source, "import('@bomb.sh/tab')")
  t.notMatch(source, /^import (?!type).*@bomb\.sh/m)
})

// The scripts, in the shells that are there

const SHELLS = ['bash', 'zsh', 'fish'].filter((shell) => !spawnSync(shell, ['-c', 'true']).error)

t.before(() => {
  spawnSync(process.execPath, ['.ci/build-if-stale.js'], { cwd: ROOT })
})

/** Runs lines in a shell that finds the program as `sca-sandbox`. */
function inShell(t: Test, shell: string, lines: string) {
  const bin = t.testdir({ 'sca-sandbox': t.fixture('symlink', `${ROOT}dist/cli.js`) })
  // The program is not executable where it was only built.
  const program = `sca-sandbox() { "${process.execPath}" "${bin}/sca-sandbox" "$@"; }`
  const fish = `function sca-sandbox; "${process.execPath}" "${bin}/sca-sandbox" $argv; end`
  const text = `${shell === 'fish' ? fish : program}\n${lines}`
  return spawnSync(shell, ['-c', text], { encoding: 'utf8', cwd: ROOT })
}

for (const shell of SHELLS) {
  t.test(`${shell} reads its script, twice if need be`, async (t) => {
    const { stdout: script } = inShell(t, shell, `sca-sandbox completion ${shell}`)
    const folder = t.testdir({ script })
    const stub = shell === 'zsh' ? 'compdef() { :; }\n' : ''
    const found = spawnSync(shell, ['-c', `${stub}. ${folder}/script; . ${folder}/script`])
    t.equal(String(found.stderr), '')
  })
}

/** What bash-completion finds out of a line; it need not be installed here. */
const WORDS = `_get_comp_words_by_ref() { words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD
cur=\${COMP_WORDS[COMP_CWORD]}; prev=\${COMP_WORDS[COMP_CWORD-1]}; }
compopt() { :; }`

for (const [line, reply] of [
  ['sca-sandbox che', 'check'],
  ['sca-sandbox --log-level de', 'debug'],
  ['sca-sandbox --spec pet', ''],
]) {
  t.test(`bash completes "${line}"`, { skip: !SHELLS.includes('bash') }, async (t) => {
    const { stdout, stderr } = inShell(
      t,
      'bash',
      `${WORDS}
source <(sca-sandbox completion bash)
COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
__sca_sandbox_complete
echo "\${COMPREPLY[*]}"
complete -p sca-sandbox`,
    )
    t.equal(stderr, '')
    const registered = 'complete -o default -F __sca_sandbox_complete sca-sandbox'
    t.same(stdout.trimEnd().split('\n'), [reply, registered])
  })
}
