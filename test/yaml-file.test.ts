import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { StartError } from '../src/errors.ts'
import { describeSystemError, readYamlFile, YamlFile } from '../src/yaml-file.ts'
import { failure } from './fixtures/files.ts'

const TEXT = `# A file.
name: one
list:
  - first
  - { inner: deep }
quoted: 'a text'
"odd key": x
5: five
again: &anchor { here: yes }
alias: *anchor
block: |
  many
  lines
`

const source = () => new YamlFile('a.yaml', TEXT)
const place = ({ line, column }: { line: number; column: number }) => `${line}:${column}`

t.test('a file is read as plain values', async (t) => {
  t.match(source().value, { name: 'one', list: ['first', { inner: 'deep' }], '5': 'five' })
})

t.test('JSON is read, too', async (t) => {
  t.same(new YamlFile('a.json', '{"a": [1, null]}').value, { a: [1, null] })
})

const VALUES: readonly [path: (string | number)[], place: string][] = [
  [[], '2:1'],
  [['name'], '2:7'],
  [['list', 0], '4:5'],
  [['list', 1, 'inner'], '5:14'],
  [['quoted'], '6:9'],
  [['odd key'], '7:12'],
  [['5'], '8:4'],
  [['alias', 'here'], '9:24'],
]

for (const [path, at] of VALUES) {
  t.test(`the value under ${path.join('.') || 'no key'} is at ${at}`, async (t) => {
    t.equal(place(source().diagnosticAt(path, '')), at)
  })
}

t.test('a fault can be told at the key', async (t) => {
  t.equal(place(source().diagnosticAt(['list', 1, 'inner'], '', 'key')), '5:7')
  t.equal(place(source().diagnosticAt(['odd key'], '', 'key')), '7:1')
})

t.test('a fault at what is missing is told at the nearest parent', async (t) => {
  t.equal(place(source().diagnosticAt(['list', 1, 'other', 'deeper'], '')), '5:5')
  t.equal(place(source().diagnosticAt(['name', 'inner'], '')), '2:7')
  t.equal(place(source().diagnosticAt(['other'], '', 'key')), '2:1')
})

t.test('a fault names its file and says what is wrong', async (t) => {
  t.match(source().diagnosticAt(['name'], 'too short'), { file: 'a.yaml', message: 'too short' })
})

t.test('the line of an entry is that of its key', async (t) => {
  t.equal(source().line(['list', 1]), 5)
  t.equal(source().line(['block']), 11)
})

t.test('a fault in a text is told at its letter', async (t) => {
  t.equal(place(source().diagnosticIn(['name'], 2, '')), '2:9')
})

t.test('the quote before a text is no part of it', async (t) => {
  t.equal(place(source().diagnosticIn(['quoted'], 2, '')), '6:12')
})

t.test('a fault at the end of a text is told behind it', async (t) => {
  t.equal(place(source().diagnosticIn(['name'], 3, '')), '2:10')
})

t.test('a fault in a block of text is told at the block', async (t) => {
  t.equal(place(source().diagnosticIn(['block'], 3, '')), '11:8')
})

t.test('a fault in what is no text is told at its beginning', async (t) => {
  t.equal(place(source().diagnosticIn(['list'], 3, '')), '4:3')
  t.equal(place(source().diagnosticIn(['missing'], 3, '')), '2:1')
})

t.test('a fault in a text of several lines is told at its beginning', async (t) => {
  const folded = new YamlFile('a.yaml', 'when: one &&\n      two')
  t.equal(place(folded.diagnosticIn(['when'], 7, '')), '1:7')
})

t.test('a fault in a text with something escaped is told at its beginning', async (t) => {
  const escaped = new YamlFile('a.yaml', String.raw`when: "\"a\" two"`)
  t.equal(place(escaped.diagnosticIn(['when'], 4, '')), '1:7')
})

t.test('a text that is not YAML is refused at the place of its mistake', async (t) => {
  t.match(
    failure(() => new YamlFile('a.yaml', 'a: 1\nb: [1, 2\nc: 3')),
    [/^a\.yaml:3:1: Flow/],
  )
})

t.test('a bracket that is not closed is told with its likely cause', async (t) => {
  t.match(
    failure(() => new YamlFile('a.yaml', 'rules: { calls:\n  - respond: 409 }')),
    [/ Block collections are not allowed .* \(is a comma or a bracket missing\?\)$/],
  )
})

t.test('all mistakes of a text are told at once', async (t) => {
  t.equal(failure(() => new YamlFile('a.yaml', 'a: "\\q"\nb: "\\q"')).length, 2)
})

t.test('a key that is written twice is refused', async (t) => {
  t.same(
    failure(() => new YamlFile('a.yaml', 'a: 1\nb: 2\na: 3')),
    ['a.yaml:3:1: Map keys must be unique'],
  )
})

t.test('several documents in one file are refused', async (t) => {
  t.match(
    failure(() => new YamlFile('a.yaml', 'a: 1\n---\nb: 2')),
    [/^a\.yaml:2:1: /],
  )
})

t.test('a text that would grow beyond measure is refused', async (t) => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  for (const [from, to] of ['ab', 'bc', 'cd', 'de']) {
    bomb.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(', ')}]`)
  }
  t.match(
    failure(() => new YamlFile('a.yaml', bomb.join('\n'))),
    [/^a\.yaml:1:1: .*alias/],
  )
})

t.test('an alias of nothing is refused', async (t) => {
  t.match(
    failure(() => new YamlFile('a.yaml', 'a: 1\nb: *c')),
    [/Unresolved alias.*: c$/],
  )
})

t.test(
  'an alias of nothing is told at its place',
  { todo: 'source.ts: what toJS() throws is told at 1:1; the alias node has a range' },
  async (t) => {
    t.match(
      failure(() => new YamlFile('a.yaml', 'a: 1\nb: *c')),
      [/^a\.yaml:2:4: /],
    )
  },
)

t.test('a file is read from disk under the name that is shown', async (t) => {
  const folder = t.testdir({ 'a.yaml': 'a: 1' })
  t.match(readYamlFile(`${folder}/a.yaml`, 'short.yaml'), { file: 'short.yaml', value: { a: 1 } })
  t.equal(readYamlFile(`${folder}/a.yaml`).file, `${folder}/a.yaml`)
})

t.test('a file that is not there is told in words', async (t) => {
  t.throws(() => readYamlFile('no/such.yaml'), {
    constructor: StartError,
    message: 'cannot read no/such.yaml: no such file or folder',
  })
})

t.test('a folder in place of a file is told in words', async (t) => {
  t.throws(() => readYamlFile(t.testdir({}), 'here'), {
    message: 'cannot read here: it is a folder',
  })
})

t.test('what the operating system says in no known words is told as it is', async (t) => {
  t.equal(describeSystemError(Object.assign(new Error('too many'), { code: 'EMFILE' })), 'too many')
  t.equal(describeSystemError(new Error('odd')), 'odd')
})

t.test('both readers read the same in every file of ours', async (t) => {
  for (const folder of [
    'spec',
    'scenarios/weavr-multi',
    'scenarios/weavr-simulator',
    'scenarios/plumery-mfa',
  ]) {
    for (const name of readdirSync(folder)) {
      const text = readFileSync(`${folder}/${name}`, 'utf8')
      t.same(new YamlFile(name, text).value, parse(text), name)
    }
  }
})

t.test('a document with anchors is read as one without', async (t) => {
  const { value } = new YamlFile('a.yaml', 'a: &one { b: 1 }\nc: *one')
  t.same(value, { a: { b: 1 }, c: { b: 1 } })
})

t.test('the mark of other systems in front of JSON is passed over', async (t) => {
  t.same(new YamlFile('a.json', '\uFEFF{"a": 1}').value, { a: 1 })
})

t.test('a large JSON file knows its places, too', async (t) => {
  const text = JSON.stringify({ filler: 'x'.repeat(1_000_000), end: { here: 1 } }, null, 1)
  t.equal(place(new YamlFile('a.json', text).diagnosticAt(['end', 'here'], '')), '4:11')
})

t.test('a large file that is no JSON is refused at the place of its mistake', async (t) => {
  const text = `{ "filler": "${'x'.repeat(1_000_000)}",\n "end" 1 }`
  t.match(
    failure(() => new YamlFile('a.json', text)),
    [/^a\.json:2:8: /],
  )
})
