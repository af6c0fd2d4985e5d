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
import { listening } from './fixtures/calls.ts'
import { NO_REDIS, startRedis } from './fixtures/redis.ts'

const root = new URL('..', import.meta.url).pathname
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

/** Files of the README's document of one's own, which has a sandbox of its own. */
const isOwn = ({ path }: { path: string }) => /^petstore\.yaml$|^scenarios\/petstore\//.test(path)

const folderWith = (t: { testdir(): string }, files: readonly { path: string; text: string }[]) => {
  const folder = t.testdir()
  for (const { path, text } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

for (const name of ['README.md', 'docs/scenarios.md']) {
  t.test(`every scenario shown in ${name} is loaded and listed`, async (t) => {
    const files = shownFiles(name)
    const scenarios = files.filter((file) => !file.path.endsWith('api.yaml') && !isOwn(file))
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
const OPENAPI = 'docs/openapi.md'

/** Starts the program as a document says, beside the files that it shows; on a free port. */
async function startedAsShown(t: Test, name: string): Promise<Pick<Sandbox, 'port'>> {
  const [, command = ''] = /^npx sca-sandbox (--spec .*) --port 4011$/m.exec(read(name)) ?? []
  const cwd = folderWith(t, shownFiles(name))
  const args = [join(root, 'dist/cli.js'), ...command.split(' '), '--port', '0']
  const program = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'ignore'] })
  t.teardown(() => program.kill())
  const [line] = await once(program.stdout, 'data')
  return { port: Number(/:(\d+)\s*$/.exec(String(line))?.[1]) }
}

/** The sandboxes that a document talks to: at port 4010, and where there are replicas at 4011. */
async function sandboxes(t: Test, name: string): Promise<Pick<Sandbox, 'port'>[]> {
  if (name === 'README.md') return [await listening(t), await startedAsShown(t, name)]
  if (name === OPENAPI) {
    return [await listening(t, { specs: [join(folderWith(t, shownFiles(name)), 'shop.yaml')] })]
  }
  if (name !== REPLICAS) return [await listening(t)]
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
