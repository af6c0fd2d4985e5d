/** Documents that clients send: of all forms, and hostile ones. */
import t from 'tap'
import type { Json, Schema } from '../../src/contract/model.ts'
import { readXml, writeXml, XmlError } from '../../src/contract/xml.ts'

const object = (properties: Readonly<Record<string, unknown>>) => ({ type: 'object', properties })
const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth)

const FOLDER = object({
  size: { type: 'integer' },
  folders: { type: 'array', items: { $ref: '#/Folder' } },
})
const LOOP = { allOf: [{ $ref: '#/Loop' }] }
/** Knows two schemas. */
const follow = (schema: unknown): Record<string, unknown> =>
  (schema as { $ref?: string }).$ref === '#/Folder' ? FOLDER : LOOP

const ATTRIBUTES = object({
  id: { type: 'integer', xml: { attribute: true } },
  text: { type: 'string' },
})
const LIST = { type: 'array', items: { type: 'string' } }
const LISTS = object({ bare: LIST, wrapped: { ...LIST, xml: { wrapped: true } } })
const TYPES = object({
  n: { type: 'number' },
  i: { type: 'integer' },
  b: { type: 'boolean' },
  o: object({}),
})

const READ: readonly [what: string, text: string, schema: Schema | undefined, value: Json][] = [
  [
    'lists of one',
    '<r><bare>x</bare><wrapped><y>z</y></wrapped></r>',
    LISTS,
    { bare: ['x'], wrapped: ['z'] },
  ],
  ['lists of none', '<r><wrapped/></r>', LISTS, { wrapped: [] }],
  ['lists that are none', '<r><wrapped>x</wrapped></r>', LISTS, { wrapped: 'x' }],
  [
    'a list in pieces',
    '<r><bare>x</bare><o/><bare>y</bare></r>',
    LISTS,
    { bare: ['x', 'y'], o: '' },
  ],
  ['a repeated element', '<r><n>1</n><n>2</n></r>', TYPES, { n: [1, 2] }],
  ['numbers', '<r><n> 1e3 </n><i>+07</i></r>', TYPES, { n: 1000, i: 7 }],
  ['booleans', '<r><b>1</b></r>', TYPES, { b: true }],
  [
    'what fits no type',
    '<r><n>0x1F</n><i>1e999</i><b>yes</b><o>x</o></r>',
    TYPES,
    { n: '0x1F', i: '1e999', b: 'yes', o: 'x' },
  ],
  ['what is empty', '<r><n/><b></b><o> </o></r>', TYPES, { n: '', b: '', o: {} }],
  ['elements in a value', '<r><n><x>1</x></n></r>', TYPES, { n: { x: '1' } }],
  ['prefixes', '<q:r xmlns:q="urn:q" xmlns="urn:r"><q:n>1</q:n></q:r>', TYPES, { n: 1 }],
  ['an attribute sent as element', '<r><id>7</id></r>', ATTRIBUTES, { id: 7 }],
  ['attributes that are remarks', '<r xml:lang="en" id="7"/>', ATTRIBUTES, { id: 7 }],
  [
    'unknown attributes',
    '<r x="1">text<text/></r>',
    ATTRIBUTES,
    { x: '1', text: '', '#text': 'text' },
  ],
  ['xsi:nil', '<r xmlns:xsi="i"><text xsi:nil="true"/></r>', ATTRIBUTES, { text: null }],
  [
    'text in pieces',
    "<r>a<!-- & --><![CDATA[<&lt;]]>&#66;<?x '?>&#x63;\r\n</r>",
    undefined,
    'a<&lt;Bc\n',
  ],
  ['a mark of the byte order', '\ufeff<?xml version="1.0"?><r> </r>', undefined, ' '],
  [
    'a recursive schema',
    '<r><folders><folders><size>1</size></folders></folders></r>',
    { $ref: '#/Folder' },
    { folders: [{ folders: [{ size: 1 }] }] },
  ],
  ['a schema that is its own part', '<r>x</r>', { $ref: '#/Loop' }, 'x'],
]

for (const [what, text, schema, value] of READ) {
  t.test(`${what}: ${JSON.stringify(text)} is read`, async (t) => {
    t.strictSame(await readXml(text, schema, follow), value)
  })
}

const REFUSED: readonly [text: string, where: string, reason: RegExp][] = [
  ['', '1:1', /Start tag expected/],
  ['text', '1:1', /text outside the root/],
  ['<a/>\n text', '2:2', /text outside the root/],
  ['<a/><a/>', '1:5', /second root/],
  ['<a></a><![CDATA[x]]>', '1:8', /CDATA outside/],
  ['<a>\n  <b>\n</a>', '3:1', /Expected closing tag 'b' \(opened in line 2, col 3\)/],
  ['<a><b>', '1:1', /not closed: "a", "b"/],
  ['<a></a></b>', '1:8', /not been opened/],
  ['<a b="1" b="2"/>', '1:10', /repeated/],
  ['<a b=1/>', '1:4', /without value/],
  ['<a b="<"/>', '1:1', /does not end/],
  ['<a', '1:1', /does not end/],
  ['<a>\r\n\r <!-- </a>', '3:2', /"<!--" here does not end/],
  ['<a><![CDATA[</a>', '1:4', /does not end/],
  ['<a>]]></a>', '1:4', /without a CDATA section/],
  ['<a><!-- b -- c --></a>', '1:4', /comment with "--"/],
  ['<a><!-- b ---></a>', '1:4', /comment with "--"/],
  ['<a><??></a>', '1:4', /without a name/],
  ['<a/><?b', '1:5', /does not end/],
  [' <?xml version="1.0"?><a/>', '1:2', /not at the beginning/],
  ['<1/>', '1:3', /invalid name/],
  ['<a>\0</a>', '1:4', /character that XML does not allow/],
  ['<a>&#0;</a>', '1:4', /"&#0;" is no reference/],
  ['<a>&#x110000;</a>', '1:4', /is no reference/],
  ['<a b="&c;"/>', '1:7', /"&c;" is no reference/],
  ['<a>b & c</a>', '1:6', /"&" is no reference/],
  ['<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', '1:1', /DOCTYPE/],
  ['<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>', '1:1', /DOCTYPE/],
  ['<a>\n<!ENTITY b "c"></a>', '2:1', /DOCTYPE or another declaration/],
  [nested(101), '1:301', /more than 100/],
]

for (const [text, where, reason] of REFUSED) {
  t.test(`${JSON.stringify(text.slice(0, 60))} is refused at ${where}`, async (t) => {
    const error = await readXml(text, undefined, follow).catch((error: unknown) => error)
    t.type(error, XmlError)
    const { line, column, message, reason: found } = error as XmlError
    t.equal(`${line}:${column}`, where)
    t.match(found, reason)
    t.equal(message, `${where}: ${found}`)
  })
}

t.test('a hundred elements in each other are read', async (t) => {
  t.match(await readXml(nested(100), undefined, follow), { a: { a: {} } })
})

t.test('names that objects have of their own are names like others', async (t) => {
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']
  const attributes = names.map((name) => `${name}="1"`).join(' ')
  for (const schema of [undefined, { type: 'object', properties: { a: {} } }]) {
    for (const name of names) {
      const text = `<r><${name} ${attributes}><polluted>x</polluted></${name}></r>`
      const value = (await readXml(text, schema, follow)) as Record<string, Record<string, Json>>
      t.same(Object.keys(value), [name])
      const inner = Object.getOwnPropertyDescriptor(value, name)?.value
      t.same(Object.keys(inner), [...names, 'polluted'])
      t.equal(Object.getPrototypeOf(value), Object.prototype)
      t.notOk('polluted' in {})
      t.equal(
        await writeXml(inner, { properties: {} }, follow).then((text) => text.includes(name)),
        true,
      )
    }
  }
})
