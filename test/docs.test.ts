/** What the documents show is true: examples load, are played, and print what they say. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { SETTINGS } from '../src/config/settings.ts'
import { problems } from '../src/errors.ts'
import type { Sandbox } from '../src/index.ts'
import { loadApis } from '../src/sandbox/load.ts'
import { apiSchema, REFUSAL_KINDS, scenarioSchema } from '../src/scenario/format.ts'
import { ROOT as root } from './fixtures/built.ts'
import { listening } from './fixtures/calls.ts'
import { NO_REDIS, startRedis } from './fixtures/redis.ts'

// A hundred commands are run, and a sandbox for each document.
t.setTimeout(300_000)

const read = (name: string) => readFileSync(join(root, name), 'utf8')
const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(
    ([, body]) => body ?? '',
  )

/** The scenario files that a document shows, each under the name in its first line. */
const shownFiles = (name: string) =>
  blocks(read(name), 'yaml').flatMap((text) => {
    const path = /^# (?:my-scenarios\/)?(\S+\.yaml)\n/.exec(text)?.[1]
    return path ? [{ path, text }] : []
  })

const folderWith = (t: { testdir(): string }, files: readonly { path: string; text: string }[]) => {
  const folder = t.testdir()
  for (const { path, text } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

for (const name of ['README.md', 'docs/scenarios.md', 'docs/troubleshooting.md']) {
  t.test(`every scenario shown in ${name} is loaded and listed`, async (t) => {
    const files = shownFiles(name)
    const scenarios = files.filter((file) => !file.path.endsWith('api.yaml'))
    t.ok(scenarios.length > 0)
    const apis = loadApis({ specs: [], scenarios: [folderWith(t, scenarios)] })
    for (const { path, text } of scenarios) {
      const shown = /^scenario: (\S+)/m.exec(text)?.[1] ?? ''
      t.ok(apis.scenarioNames.has(shown), `${path} is played as ${shown}`)
    }
  })
}

t.test('the api.yaml of the reference is loaded beside the built-in scenarios', async (t) => {
  const files = shownFiles('docs/scenarios.md').filter(({ path }) => path.endsWith('api.yaml'))
  t.equal(files.length, 1)
  t.doesNotThrow(() => loadApis({ specs: [], scenarios: [folderWith(t, files)] }))
})

const curl = spawnSync('curl', ['--version']).status === 0

const REPLICAS = 'docs/store.md'

/** Documents of APIs of one's own: their sandboxes are started by the commands that they show. */
const STARTED = ['docs/openapi.md', 'docs/your-api.md']

/** The files that a document shows, under their whole names. */
const namedFiles = (name: string) =>
  blocks(read(name), 'yaml').flatMap((text) => {
    const path = /^# (\S+\.yaml)\n/.exec(text)?.[1]
    return path ? [{ path, text }] : []
  })

/** The arguments of each start that a document shows. */
const starts = (name: string): string[] =>
  [...read(name).matchAll(/(?:^|`)npm start -- (--spec [^`\n]*)/gm)].map(([, args = '']) =>
    args.replace(/ --port \d+$/, ''),
  )

/** Starts the program with arguments that a document shows, in a folder with its files; on a free port. */
async function startedAsShown(t: Test, cwd: string, shown: string): Promise<Pick<Sandbox, 'port'>> {
  const args = [join(root, 'dist/cli.js'), ...shown.split(' '), '--port', '0']
  const program = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, SANDBOX_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => program.kill())
  const [line] = await Promise.race([once(program.stdout, 'data'), once(program, 'exit')])
  return { port: Number(/:(\d+)\s*$/.exec(String(line))?.[1]) }
}

/** The folder of scenarios that a reader has by then. */
const ownScenarios = (t: Test, name: string): string[] =>
  namedFiles(name).some(({ path }) => path.startsWith('my-scenarios/'))
    ? [folderWith(t, shownFiles(name))]
    : []

/** The sandboxes that a document talks to: at port 4010, and where there are replicas at 4011. */
async function sandboxes(t: Test, name: string): Promise<Pick<Sandbox, 'port'>[]> {
  if (STARTED.includes(name)) {
    const cwd = folderWith(t, namedFiles(name))
    return Promise.all(starts(name).map((args) => startedAsShown(t, cwd, args)))
  }
  if (name !== REPLICAS) return [await listening(t, { scenarios: ownScenarios(t, name) })]
  const { url: store } = await startRedis(t)
  return [await listening(t, { store }), await listening(t, { store })]
}

for (const name of documents) {
  const sessions = blocks(read(name), 'console')
  if (sessions.length === 0) continue
  t.test(
    `the terminal sessions of ${name} print what they show`,
    { skip: (!curl && 'no curl') || (name === REPLICAS && NO_REDIS) },
    async (t) => {
      const running = await sandboxes(t, name)
      const { script, expected } = transcript(sessions.join(''))
      const { stdout, stderr } = await bash(
        running.reduce(
          (text, { port }, index) =>
            text.replaceAll(`localhost:${4010 + index}`, `127.0.0.1:${port}`),
          script,
        ),
      )
      t.equal(stderr, '')
      t.same(
        stdout
          .split(MARK)
          .slice(1)
          .map((text) => text.replaceAll('\r', '').trim()),
        expected,
      )
    },
  )
}

const MARK = '<next command>\n'

t.test(
  'the picture in the README shows what a sandbox prints',
  { skip: !curl && 'no curl' },
  (t) => {
    const picture = /\]\((docs\/images\/\S+\.svg)\)/.exec(read('README.md'))?.[1] ?? ''
    const drawn = spawnSync(process.execPath, ['.ci/terminal-picture.js', '--print'], { cwd: root })
    t.equal(read(picture), String(drawn.stdout), 'node .ci/terminal-picture.js draws it again')
    t.match(read(picture), />\{"errorCode":"RETRY_IN_15SEC"\} 409</)
    t.end()
  },
)

/** A terminal session as a script, and what each of its commands should print. */
function transcript(session: string) {
  const commands = session.split(/^\$ /m).slice(1)
  const parts = commands.map((text) => {
    const [command = '', ...output] = text.split('\n')
    return { command, output: output.join('\n').trim() }
  })
  return {
    script: parts.map(({ command }) => `printf '%s' '${MARK}'\n${command}`).join('\n'),
    expected: parts.map(({ output }) => output),
  }
}

/** Runs beside this process, which has the sandbox in it. */
async function bash(script: string): Promise<{ stdout: string; stderr: string }> {
  const { execFile } = await import('node:child_process')
  return new Promise((resolve) => {
    execFile('bash', ['-c', script], { cwd: root }, (_, stdout, stderr) =>
      resolve({ stdout, stderr }),
    )
  })
}

t.test('documents name the file that npm pack writes', async (t) => {
  const { version } = JSON.parse(read('package.json')) as { version: string }
  for (const name of ['README.md', 'docs/testing.md']) {
    const named = new Set(read(name).match(/sca-sandbox-[\w.-]+\.tgz/g))
    t.same([...named], [`sca-sandbox-${version}.tgz`], name)
  }
})

t.test('docs/errors.md lists every code with its status', async (t) => {
  const text = read('docs/errors.md')
  for (const [code, { status }] of Object.entries(problems)) {
    t.ok(text.includes(`| \`${code}\` | ${status} |`), `${code} is listed with ${status}`)
  }
  const listed = [...text.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code)
  t.same(listed.sort(), Object.keys(problems).sort(), 'and no other')
})

t.test('docs/http.md lists every flag with its variable', async (t) => {
  const text = read('docs/http.md')
  for (const { flag, environment } of SETTINGS) {
    t.ok(text.includes(`\`${flag}\``), `${flag} is listed`)
    t.ok(text.includes(`\`${environment}\``), `${environment} is listed`)
  }
})

t.test('docs/scenarios.md lists every key of the language', async (t) => {
  const text = read('docs/scenarios.md')
  const operation = scenarioSchema.properties.operations.additionalProperties.properties
  const keys = [
    ...Object.keys(scenarioSchema.properties),
    ...Object.keys(operation),
    ...Object.keys(scenarioSchema.$defs.entry.else.properties),
    ...Object.keys(scenarioSchema.$defs.respond.then.properties),
    ...Object.keys(apiSchema.properties),
    ...REFUSAL_KINDS,
  ]
  for (const key of keys) t.ok(text.includes(`\`${key}\``), `${key} is listed`)
})

t.test('the journal in docs/testing.md names the rules that make its responses', async (t) => {
  const rules = [...read('docs/testing.md').matchAll(/-> (\d+).*? (scenarios\/\S+\.yaml):(\d+)\)/g)]
  t.equal(rules.length, 2)
  for (const [, status = '', file = '', line] of rules) {
    const [first = '', ...lines] = read(file)
      .split('\n')
      .slice(Number(line) - 1)
    t.match(first, /^ {6}- /, `${file}:${line} begins a rule`)
    const end = lines.findIndex((text) => /^ {0,6}\S/.test(text))
    t.match(lines.slice(0, end).join('\n'), new RegExp(`respond: .*\\b${status}\\b`))
  }
})
