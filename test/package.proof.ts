/** The package as its users get it: packed, installed into an empty project, and used there. */
import { type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'
import { BANK } from './fixtures/files.ts'
import { toolMissing, toolPath } from './fixtures/tools.ts'

const ROOT = new URL('..', import.meta.url).pathname

t.setTimeout(300_000)

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

/** Runs a program to its end, which is forced after two minutes: a registry may not answer. */
async function run(cwd: string, command: string, args: readonly string[]): Promise<Ran> {
  // What tap and npm tell the programs that they start is not for these.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_(?!config_)|NODE_(?!EXTRA_CA_CERTS)|TAP|_TAP)/.test(name),
    ),
  )
  const options: SpawnOptions = { cwd, env, timeout: 120_000, killSignal: 'SIGKILL' }
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { out: '', error: '' }
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    text.out += chunk
  })
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    text.error += chunk
  })
  const [code] = await once(child, 'close')
  return { code, ...text }
}

const node = (cwd: string, ...args: readonly string[]) => run(cwd, process.execPath, args)

const npm = async (cwd: string, ...args: readonly string[]) => {
  const ran = await run(cwd, 'npm', args)
  if (ran.code === 0) return ran
  throw new Error(`npm ${args[0]} failed, or took too long (${ran.code}): ${ran.error.trim()}`)
}

const tool = (name: string) => join(ROOT, 'node_modules', name)

// Packed beside the sources, so that other tests keep the dist/ they run.
const sources = t.testdir({
  dist: { 'gone.js': '', 'gone.test.js': '' },
  test: { 'a.test.js': '' },
})
const { files, exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  files: string[]
  exports: object
}
const copied = [
  ...files.filter((name) => name !== 'dist'),
  ...['package.json', 'README.md', 'tsconfig.json', 'src'],
]
for (const name of copied) cpSync(join(ROOT, name), join(sources, name), { recursive: true })
// The build runs it.
const precompile = '.ci/precompile.js'
cpSync(join(ROOT, precompile), join(sources, precompile))
symlinkSync(tool(''), join(sources, 'node_modules'))

const packed = await npm(sources, 'pack', '--json')
const [{ filename, files: listed }] = JSON.parse(packed.out.slice(packed.out.indexOf('[\n'))) as [
  { filename: string; files: { path: string }[] },
]
const tarball = join(sources, filename)
const paths = listed.map(({ path }) => path)

// Far from here, so that no package is found that only the sandbox's developers have.
const project = mkdtempSync(join(tmpdir(), 'sca-sandbox-'))
t.teardown(() => rmSync(project, { recursive: true, force: true }))
writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }))
await npm(
  project,
  'install',
  tarball,
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--prefer-offline',
  '--fetch-retries=1',
  '--fetch-timeout=20000',
)
const installed = join(project, 'node_modules/sca-sandbox')
const bin = join(project, 'node_modules/.bin/sca-sandbox')

t.test('the package has what `files` says, and nothing else', async (t) => {
  const always = ['package.json', 'README.md']
  const allowed = (path: string) =>
    files.includes(path.split('/')[0] ?? '') || always.includes(path)
  t.same(
    paths.filter((path) => !allowed(path)),
    [],
  )
  for (const name of [...files, ...always]) {
    t.ok(
      paths.some((path) => path === name || path.startsWith(`${name}/`)),
      `${name} is in it`,
    )
  }
})

/** What precompile.ts writes. */
const KEPT = /^dist\/precompiled\/[0-9a-f]{64}\.json$/

t.test('the package has no tests, and nothing that was built from what is gone', async (t) => {
  t.same(
    paths.filter((path) => /(^|\/)test\/|\.test\.|gone/.test(path)),
    [],
  )
  const modules = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `dist/${name.replace(/\.ts$/, '')}`)
  const built = paths.filter((path) => path.startsWith('dist/') && !KEPT.test(path))
  t.ok(built.length >= modules.length)
  t.same(
    built.filter((path) => !modules.includes(path.replace(/(\.d\.ts|\.js|\.js\.map)$/, ''))),
    [],
  )
})

t.test('the package has what its documents and scenarios say, read already', async (t) => {
  const texts = paths
    .filter((path) => /^(spec|scenarios)\/.*\.yaml$/.test(path))
    .map((path) => readFileSync(join(installed, path), 'utf8'))
  t.ok(texts.length > 40)
  // Scenarios of two APIs may be the same to the letter.
  t.equal(paths.filter((path) => KEPT.test(path)).length, new Set(texts).size)
})

t.test('the maps in the package lead to sources', async (t) => {
  const maps = paths.filter((path) => path.endsWith('.map'))
  for (const path of maps) {
    const map = JSON.parse(readFileSync(join(installed, path), 'utf8')) as {
      sources: string[]
      sourcesContent?: string[]
    }
    const here = map.sources.map((source) => normalize(join(dirname(path), source)))
    t.ok(
      map.sourcesContent?.length === here.length || here.every((source) => paths.includes(source)),
      path,
    )
  }
  for (const path of paths.filter((path) => path.endsWith('.js'))) {
    const [, map] =
      /^\/\/# sourceMappingURL=(\S+)$/m.exec(readFileSync(join(installed, path), 'utf8')) ?? []
    if (map) t.ok(paths.includes(join(dirname(path), map)), `${path} has its map`)
  }
})

t.test('the command tells its version', async (t) => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  t.match(await run(project, bin, ['--version']), { code: 0, out: `${version}\n`, error: '' })
})

t.test('the command finds its documents and scenarios sound', async (t) => {
  const ran = await run(project, bin, ['check', '--no-notes'])
  t.match(ran, { code: 0, out: /^3 documents and \d+ scenarios are sound\n$/, error: '' })
})

t.test('a sandbox is started by import, and answers', async (t) => {
  writeFileSync(join(project, 'bank.yaml'), BANK)
  writeFileSync(
    join(project, 'start.js'),
    `import { createSandbox } from 'sca-sandbox'
const sandbox = await createSandbox({ specs: ['bank.yaml'], watch: true })
const { status } = await fetch(sandbox.url + '/codes/7', { method: 'POST' })
console.log(status, (await sandbox.client.session('default').requests()).length)
await sandbox.stop()
`,
  )
  t.match(await node(project, 'start.js'), { code: 0, out: '200 1\n', error: '' })
})

t.test('the client is imported without the server', async (t) => {
  writeFileSync(
    join(project, 'client.js'),
    `import { SandboxClient } from 'sca-sandbox/client'
console.log(new SandboxClient('http://127.0.0.1:4010').session('a').url)
`,
  )
  t.match(await node(project, 'client.js'), {
    code: 0,
    out: 'http://127.0.0.1:4010/@a\n',
    error: '',
  })
})

t.test('what is not exported cannot be imported', async (t) => {
  const ran = await node(project, '--input-type=module', '-e', "import 'sca-sandbox/dist/start.js'")
  t.match(ran, { code: 1, error: 'ERR_PACKAGE_PATH_NOT_EXPORTED' })
})

const TYPED = `import { createSandbox, type Sandbox } from 'sca-sandbox'
import { SandboxClient } from 'sca-sandbox/client'
export const made: Promise<Sandbox> = createSandbox({ port: 0 }), other: SandboxClient = new SandboxClient('')
`

const RUNNERS = `import { createTest, test as nodeTest } from 'sca-sandbox/node-test'
import { test as playwrightTest } from 'sca-sandbox/playwright'
import { type OpenedSandbox, openSandbox } from 'sca-sandbox/testing'
import { test as vitestTest } from 'sca-sandbox/vitest'
import { defineConfig, expect } from '@playwright/test'
import type { SandboxWorkerFixtures } from 'sca-sandbox/playwright'

export const opened: Promise<OpenedSandbox> = openSandbox({ seed: 7 })
export default defineConfig<{}, SandboxWorkerFixtures>({ use: { sandboxOptions: { seed: 7 } } })

nodeTest('a', { timeout: 5 }, async ({ sandbox, session, t }) => {
  t.diagnostic(session.url + sandbox.url)
})
createTest({ seed: 7 }).only('b', ({ session }) => session.freeze())

const withApp = vitestTest.extend<{ app: string }>({
  app: async ({ session }, use) => use(session.url),
})
withApp('c', async ({ app, sandbox, session, task }) => {
  await session.advance(app + sandbox.url + task.name)
})

const withSite = playwrightTest.extend<{}, { site: string }>({
  site: [async ({ sandbox }, use) => use(sandbox.url), { scope: 'worker' }],
})
withSite.use({ extraHTTPHeaders: async ({ session }, use) => use({ ...session.headers }) })
withSite('d', async ({ page, session, site }) => {
  await page.goto(site + session.url)
  expect(await session.messages()).toHaveLength(1)
})
`

// Where a user has them: the package's types are those of the runners that are installed.
const NO_RUNNERS = toolMissing('test-runners', 'vitest')
for (const name of ['@playwright', 'vitest']) {
  symlinkSync(toolPath('test-runners', name), join(project, 'node_modules', name))
}

for (const [resolution, module] of [
  ['nodenext', 'nodenext'],
  ['bundler', 'esnext'],
] as const) {
  const compile = (name: string, text: string) => {
    writeFileSync(join(project, name), text)
    const settings = ['--strict', '--noEmit', '--skipLibCheck', '--target', 'es2023']
    const modules = ['--module', module, '--moduleResolution', resolution]
    return node(
      project,
      tool('typescript/bin/tsc'),
      ...settings,
      ...modules,
      '--ignoreConfig',
      name,
    )
  }

  t.test(`types are found with moduleResolution ${resolution}`, async (t) => {
    t.match(await compile(`typed-${resolution}.ts`, TYPED), { code: 0, out: '' })
  })

  const title = `types of the fixtures are those of each runner with moduleResolution ${resolution}`
  t.test(title, { skip: NO_RUNNERS }, async (t) => {
    t.match(await compile(`runners-${resolution}.ts`, RUNNERS), { code: 0, out: '' })
    const wrong = RUNNERS.replaceAll('session.', 'session.no.').replaceAll('seed: 7', "seed: '7'")
    const { code, out } = await compile(`runners-wrong-${resolution}.ts`, wrong)
    t.equal(code, 2)
    // One of each fixture and each place for settings; anything that is `any` would accept them.
    t.equal(out.match(/error TS2339: Property 'no' does not exist/g)?.length, 7)
    t.equal(out.match(/error TS2322: Type 'string' is not|error TS2769: No overload/g)?.length, 3)
  })

  t.test(`types say what is wrong with moduleResolution ${resolution}`, async (t) => {
    const ran = await compile(`wrong-${resolution}.ts`, TYPED.replace('port: 0', "port: 'a'"))
    t.match(ran, { code: 2, out: /error TS2322: Type 'string' is not assignable/ })
  })
}

const checks = (name: string) => ({ skip: toolMissing('package-checks', name) })

t.test('publint finds nothing', checks('publint'), async (t) => {
  const publint = toolPath('package-checks', 'publint/src/cli.js')
  const ran = await node(project, publint, 'run', tarball, '--strict')
  t.match(ran, { code: 0, out: 'All good!' })
})

t.test('are the types wrong? finds nothing', checks('@arethetypeswrong/cli'), async (t) => {
  const attw = toolPath('package-checks', '@arethetypeswrong/cli/dist/index.js')
  const settings = ['--profile', 'esm-only', '--format', 'table-flipped', '--no-color']
  const ran = await node(project, attw, tarball, ...settings)
  t.match(ran, { code: 0, out: / │ node16 \(from ESM\) │ bundler +│/ })
  for (const path of Object.keys(exports)) {
    const row = `"${join('sca-sandbox', path)}" +│ 🟢 \\(ESM\\) +│ 🟢 `
    t.match(ran.out, new RegExp(row), path)
  }
})
