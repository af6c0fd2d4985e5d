/** What docs/recipes.md and the Dockerfile name is there, and links of all documents lead somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { ROUTES } from '../src/admin/app.ts'
import { SETTINGS } from '../src/config/settings.ts'
import { loadApis } from '../src/sandbox/load.ts'
import { run } from './fixtures/run.ts'

const ROOT = new URL('..', import.meta.url).pathname
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8')
const recipes = read('docs/recipes.md')
const atRoot = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md']
const documents = [
  ...atRoot,
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** All that a pattern finds, its first group where it has one. */
const all = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map(([whole, group]) => group ?? whole)),
]

const blocks = (text: string, language: string) =>
  all(text, new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))

/** Settings, and what else the program, the image and its users read from the environment. */
const VARIABLES = [
  ...SETTINGS.flatMap(({ environment, platformVariable }) => [environment, platformVariable]),
  'SANDBOX_CONFIG',
]

/** What tests, not the sandbox, are told: where it is. */
const FOR_CLIENTS = ['SANDBOX_URL']

/** What a command prints as its help. */
async function helpOf(...command: string[]): Promise<string> {
  const { code, out } = await run([...command, '--help'])
  if (code !== 0) throw new Error(`there is no ${command.join(' ')}`)
  return out
}

/** The commands that there are, with their flags. */
async function commands(): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = all(await helpOf(), /^ {2}([a-z]+) /gm).filter((name) => name !== 'help')
  const flags = async (name: string) => all(await helpOf(name), /--[a-z][a-z-]*/g)
  return new Map(await Promise.all(names.map(async (name) => [name, await flags(name)] as const)))
}

// docs/recipes.md

const yaml = blocks(recipes, 'yaml')

t.test('docs/recipes.md shows YAML that can be read', async (t) => {
  t.ok(yaml.length >= 4)
  for (const text of yaml) {
    for (const { errors, warnings } of parseAllDocuments(text, { uniqueKeys: true })) {
      t.same([...errors, ...warnings], [], text.slice(0, text.indexOf('\n')))
    }
  }
})

t.test('docs/recipes.md names commands that there are, with flags that they have', async (t) => {
  const known = await commands()
  t.ok(known.size >= 6)
  const lines = all(recipes, /(?:(?:npx |`)sca-sandbox|npm start --) ([^`\n]+)/g)
  t.ok(lines.length >= 4)
  for (const line of lines) {
    const [first = ''] = line.split(' ')
    const command = first.startsWith('-') ? 'serve' : first
    t.ok(known.has(command), `${command} is a command`)
    for (const flag of all(line, /--[a-z][a-z-]*/g)) {
      t.ok(known.get(command)?.includes(flag), `${command} has ${flag}`)
    }
  }
})

t.test('docs/recipes.md names flags that there are', async (t) => {
  const flags = SETTINGS.map(({ flag }) => flag.split(' ')[0])
  const named = all(recipes, /`(--[a-z][a-z-]*)/g)
  t.ok(named.length > 0)
  for (const flag of named) t.ok(flags.includes(flag), `${flag} is a flag`)
})

t.test('docs/recipes.md names variables that there are', async (t) => {
  const named = all(recipes, /\bSANDBOX_\w+/g)
  t.ok(named.length > 1)
  for (const name of named) {
    t.ok([...VARIABLES, ...FOR_CLIENTS].includes(name), `${name} is a variable`)
  }
})

/** Whether the admin API has a path, documentation included. */
function hasPath(path: string): boolean {
  if (/^(\/docs)?$/.test(path)) return true
  const parts = path.split('/')
  return ROUTES.some(({ url }) => {
    const known = url.split('/')
    return (
      known.length === parts.length &&
      known.every((part, n) => part.startsWith(':') || part === parts[n])
    )
  })
}

t.test('docs/recipes.md names paths of the admin API that there are', async (t) => {
  const named = all(recipes, /\/__admin((?:\/[\w-]+)*)/g)
  t.ok(named.length >= 4)
  for (const path of named) t.ok(hasPath(path), `/__admin${path} is a path`)
  t.notOk(hasPath('/helth'))
})

t.test('docs/recipes.md names scenarios that there are', async (t) => {
  const { scenarioNames } = loadApis({ specs: [], scenarios: [] })
  const named = [
    ...all(recipes, /"scenario":"([^"]+)"/g),
    ...all(recipes, /\/@[\w.-]+:([a-z0-9-]+)/g),
  ].filter((name) => name !== '[^')
  t.ok(named.length > 1)
  for (const name of named) t.ok(scenarioNames.has(name), `${name} is a scenario`)
})

// Links

/** The name by which a heading is linked to. */
const anchorOf = (heading: string) =>
  heading
    .replaceAll('`', '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')

/** A document without what it shows: a comment in there is no heading. */
const prose = (name: string) => read(name).replace(/^```.*?^```$/gms, '')

const anchorsIn = (name: string) => all(prose(name), /^#+ (.+)$/gm).map(anchorOf)

for (const name of documents) {
  t.test(`links of ${name} lead somewhere`, async (t) => {
    for (const link of all(prose(name), /\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) {
        t.ok(URL.canParse(link), link)
        continue
      }
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? name : join(dirname(name), path)
      t.ok(existsSync(join(ROOT, target)), `${link}: the file is there`)
      if (anchor !== undefined)
        t.ok(anchorsIn(target).includes(anchor), `${link}: the heading, too`)
    }
  })
}

t.test('every document is linked to from another one', async (t) => {
  for (const name of documents.slice(1)) {
    const others = documents.filter((other) => other !== name).map(prose)
    const file = name.replace('docs/', '').replaceAll('.', '\\.')
    const link = new RegExp(`\\]\\((docs/|\\.\\./)?${file}[#)]`)
    t.ok(
      others.some((text) => link.test(text)),
      name,
    )
  }
})

// Dockerfile

const dockerfile = read('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n/g, ' ')
const instructions = (name: string) => all(dockerfile, new RegExp(`^${name} +(.+)$`, 'gm'))
const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))

t.test('the Dockerfile copies what is there, and what the build may see', async (t) => {
  const ignored = read('.dockerignore').split('\n')
  const copied = instructions('COPY').filter((line) => !line.startsWith('--from='))
  t.ok(copied.length > 3)
  for (const name of copied.flatMap((line) => line.split(/ +/).slice(0, -1))) {
    t.ok(existsSync(join(ROOT, name)), `${name} is there`)
    t.ok(ignored.includes(`!${name}`), `${name} is not ignored`)
  }
})

t.test('the Dockerfile takes from stages that there are', async (t) => {
  const stages = all(dockerfile, /^FROM \S+ AS (\S+)$/gm)
  const from = all(dockerfile, /--from=(\S+)/g)
  t.ok(from.length > 0)
  for (const name of from) t.ok(stages.includes(name), `${name} is a stage`)
})

const environment = Object.fromEntries(
  all(lastStage, /^ENV +(.+)$/gm)
    .flatMap((line) => line.trim().split(/ +/))
    .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
)

t.test('the Dockerfile sets variables that are read', async (t) => {
  const ofNode = ['NODE_ENV', 'NODE_COMPILE_CACHE']
  for (const [name, value] of Object.entries(environment)) {
    t.ok([...VARIABLES, ...ofNode].includes(name), `${name} is read`)
    const setting = SETTINGS.find((each) => each.environment === name)
    t.doesNotThrow(() => setting?.read(value, name), `${name} can be ${value}`)
  }
})

t.test('the image serves what is built in where nothing is mounted', async (t) => {
  const listed = (name: string) => environment[name]?.split(',') ?? []
  t.same(listed('SANDBOX_SPEC'), ['/app/spec', '/specs?'])
  t.same(listed('SANDBOX_SCENARIOS'), ['/scenarios?'])
  t.ok(instructions('COPY').includes('spec spec'), 'in /app')
  for (const path of ['/specs', '/scenarios']) t.match(recipes, `\`${path}\``)
})

t.test('the image says what it is, in the labels that registries show', async (t) => {
  const { version } = JSON.parse(read('package.json')) as { version: string }
  t.match(lastStage, new RegExp(`^ARG VERSION=${version}$`, 'm'))
  const labels = all(
    instructions('LABEL')[0] ?? '',
    /org\.opencontainers\.image\.([\w.]+)="[^"]+"/g,
  )
  const expected = ['title', 'description', 'version', 'revision', 'created', 'documentation']
  t.same(labels, [...expected, 'base.name'])
  const base = all(dockerfile, /^FROM (\S+)/gm).at(-1)
  t.match(lastStage, `image.base.name="docker.io/library/${base}"`)
})

t.test('a container is healthy soon after it can answer', async (t) => {
  const [check = ''] = instructions('HEALTHCHECK')
  t.match(check, /--start-period=15s --start-interval=1s/)
})

t.test('the Dockerfile exposes the port that the sandbox listens on', async (t) => {
  const port = SETTINGS.find(({ name }) => name === 'port')?.fallback
  t.same(instructions('EXPOSE'), [`${port}`])
  t.equal(environment.PORT, undefined)
  t.equal(environment.HOST, '0.0.0.0')
})

t.test(
  'the Dockerfile runs the program, and asks it how it is with a command it has',
  async (t) => {
    const program = '/app/dist/cli.js'
    const { bin } = JSON.parse(read('package.json')) as { bin: Record<string, string> }
    t.equal(`/app/${bin['sca-sandbox']}`, program)
    t.same(JSON.parse(instructions('ENTRYPOINT')[0] ?? ''), ['node', program])
    const [, check = ''] = /CMD (\[.*\])/.exec(instructions('HEALTHCHECK')[0] ?? '') ?? []
    const [node, asked, command] = JSON.parse(check)
    t.same([node, asked], ['node', program])
    t.ok((await commands()).has(command), `${command} is a command`)
    t.match(recipes, `\`sca-sandbox ${command}\``)
  },
)
