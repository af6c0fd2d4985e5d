import { readFileSync } from 'node:fs'
import t from 'tap'
import { keyOf, SETTINGS } from '../../src/config/settings.ts'
import { run } from '../fixtures/run.ts'

const PAGE = readFileSync(new URL('../../docs/http.md', import.meta.url), 'utf8')

const ALL = SETTINGS.map((setting) => `--${keyOf(setting)}`)
const PLACE = ['--port', '--host', '--tls', '--tls-cert', '--tls-key', '--config']
const FILES = ['--spec', '--scenarios', '--config']

/** The flags of each command. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  serve: [...ALL, '--config'],
  check: ['--format', '--no-notes', ...FILES],
  scenarios: ['--json', ...FILES],
  health: ['--url', ...PLACE],
  coverage: [
    ...['--url', '--min', '--min-scenarios', '--session', '--format', '--admin-token'],
    ...PLACE,
  ],
  init: ['--api', ...FILES],
}

/** The flags that a help lists, in its order. */
const listed = (help: string) =>
  [...help.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag = '']) => flag)

t.test('these tests know every command', async (t) => {
  const { out } = await run(['--help'])
  const commands = [...out.matchAll(/^ {2}(\w+) [[<]/gm)].map(([, name]) => name)
  t.same(commands, [...Object.keys(FLAGS), 'help'])
})

for (const [command, flags] of Object.entries(FLAGS)) {
  t.test(`${command} --help lists its flags and no others`, async (t) => {
    const { code, out, error } = await run([command, '--help'])
    t.equal(code, 0)
    t.equal(error, '')
    t.match(out, new RegExp(`^Usage: sca-sandbox ${command} `))
    t.same(listed(out).toSorted(), [...flags, '--help'].toSorted())
  })

  t.test(`${command} --help fits into 80 columns`, async (t) => {
    const { out } = await run([command, '--help'])
    t.same(
      out.split('\n').filter((line) => line.length > 80),
      [],
    )
  })

  t.test(`help ${command} is ${command} --help`, async (t) => {
    t.same(await run(['help', command]), await run([command, '--help']))
  })

  t.test(`docs/http.md names ${command} and each of its flags`, async (t) => {
    const row = PAGE.split('\n').find((line) => new RegExp(`^\\| \`${command}[ \`]`).test(line))
    t.ok(row)
    const general = [...ALL, '--config']
    for (const flag of flags) {
      const place = general.includes(flag) ? table('flag') : (row ?? '')
      t.match(place, new RegExp(`\`${flag}( [^\`]*)?\``), flag)
    }
  })
}

/** The table whose first column is called so. */
const table = (column: string) =>
  PAGE.split('\n\n').find((part) => part.startsWith(`| ${column} |`))

for (const setting of SETTINGS) {
  const { flag, environment, fallback } = setting
  t.test(`docs/http.md has a row with ${flag}, ${environment} and the default`, async (t) => {
    const row = table('flag')
      ?.split('\n')
      .find((line) => line.includes(`\`${environment}\``))
    t.match(row, `\`${flag}\``)
    if (typeof fallback === 'number') t.match(row, `| ${fallback} |`)
    if (typeof fallback === 'boolean') t.match(row, `| ${fallback ? 'on' : 'off'} |`)
    if (typeof fallback === 'string') t.match(row, `| ${fallback} |`)
  })
}

t.test('a switch that is on can be turned off', async (t) => {
  const { out } = await run(['serve', '--help'])
  for (const setting of SETTINGS.filter(({ fallback }) => fallback === true)) {
    t.match(out, `--no-${keyOf(setting)}`)
    t.match(table('flag'), `\`--no-${keyOf(setting)}\``)
  }
})

t.test('the examples of the help have commands and flags that there are', async (t) => {
  const { out } = await run(['--help'])
  const examples = [...out.matchAll(/^ {2}\$ sca-sandbox (.*?)(?: {2,}|$)/gm)].map(
    ([, text = '']) => text.split(' ').filter(Boolean),
  )
  t.ok(examples.length > 3)
  for (const words of examples) {
    const [word = ''] = words
    const first = word in FLAGS ? word : 'serve'
    for (const flag of words.filter((word) => word.startsWith('--'))) {
      t.ok(FLAGS[first]?.includes(flag), `${first} ${flag}`)
    }
  }
})
